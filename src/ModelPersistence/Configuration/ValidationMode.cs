namespace ModelPersistence.Configuration;

/// <summary>What happens when a version does not pass the gate.</summary>
public enum ValidationMode
{
    /// <summary>It does not replace what serves.</summary>
    Enforce,

    /// <summary>It serves, and shows as degraded with the reason.</summary>
    Warn,

    /// <summary>Nothing is checked.</summary>
    Off,
}
