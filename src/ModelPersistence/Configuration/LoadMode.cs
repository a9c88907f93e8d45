namespace ModelPersistence.Configuration;

/// <summary>When a model is loaded.</summary>
public enum LoadMode
{
    /// <summary>When the host starts, and it stays loaded.</summary>
    Startup,

    /// <summary>Behind the start, one after the other, once all others serve: the start counts as complete without it. It stays loaded.</summary>
    Background,

    /// <summary>At its first request. It is unloaded when nobody has used it for its idle timeout.</summary>
    OnDemand,
}
