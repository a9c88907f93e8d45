namespace ModelPersistence.Configuration;

/// <summary>When a model is loaded.</summary>
public enum LoadMode
{
    /// <summary>When the host starts, and it stays loaded.</summary>
    Startup,

    /// <summary>At its first request. It is unloaded when nobody has used it for its idle timeout.</summary>
    OnDemand,
}
