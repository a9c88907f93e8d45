namespace ModelPersistence.Configuration;

/// <summary>
/// What raises an alert for one model where that differs from <see cref="ModelManagementOptions.Alerts"/>. Where a host names several references to a
/// model, the first that sets a value counts for all.
/// </summary>
public sealed class ModelAlertOptions
{
    /// <summary>Whether anything about the model raises alerts; null, the default, for what the host says.</summary>
    public bool? Enabled { get; set; }

    /// <summary>The share of its requests that may fail; null, the default, for <see cref="AlertOptions.MaxErrorRate"/>.</summary>
    public double? MaxErrorRate { get; set; }

    /// <summary>The target for the 95th percentile of its runs; null, the default, for <see cref="AlertOptions.MaxP95"/>.</summary>
    public TimeSpan? MaxP95 { get; set; }

    /// <summary>Whether its latency is watched against its own history; null, the default, for <see cref="DriftOptions.Enabled"/>.</summary>
    public bool? Drift { get; set; }
}
