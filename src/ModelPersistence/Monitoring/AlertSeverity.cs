namespace ModelPersistence.Monitoring;

/// <summary>How bad it is.</summary>
public enum AlertSeverity
{
    /// <summary>Requests are answered, though worse than they should be.</summary>
    Warning,

    /// <summary>Requests fail, or soon will.</summary>
    Error,

    /// <summary>A critical model does not serve, or bytes were wrong.</summary>
    Critical,
}
