namespace ModelPersistence.Monitoring;

/// <summary>What an alert is about.</summary>
public enum AlertRule
{
    /// <summary>Too many of a version's requests fail.</summary>
    ErrorRate,

    /// <summary>Too many of a version's runs take longer than the target for the 95th percentile.</summary>
    Latency,

    /// <summary>A model or a version of it cannot be loaded.</summary>
    LoadFailure,

    /// <summary>The memory budget is all but full, or has refused a load.</summary>
    Memory,

    /// <summary>Bytes of a model are not what they must be.</summary>
    Integrity,

    /// <summary>A version went too badly and was taken back.</summary>
    Rollback,

    /// <summary>A version has become slower than it was.</summary>
    Drift,
}
