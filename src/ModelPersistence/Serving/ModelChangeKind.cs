namespace ModelPersistence.Serving;

/// <summary>What has happened to a model.</summary>
public enum ModelChangeKind
{
    /// <summary>A reference that led nowhere serves.</summary>
    Ready,

    /// <summary>A reference leads to another version, or to other shares of a split.</summary>
    Swapped,

    /// <summary>A version could not be loaded or did not pass its checks; what served before goes on serving.</summary>
    Failed,

    /// <summary>A version that served went too badly and was taken back.</summary>
    RolledBack,

    /// <summary>A reference leads nowhere any more; its next request loads.</summary>
    Unloaded,

    /// <summary>Something is worse than it should be.</summary>
    Degraded,

    /// <summary>It is as it should be again.</summary>
    Recovered,

    /// <summary>The host's start has reached another phase.</summary>
    Phase,

    /// <summary>Bytes of a version were not what they must be: its load was ended, or it was withdrawn.</summary>
    IntegrityFailed,
}
