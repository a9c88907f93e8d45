namespace ModelPersistence.Monitoring;

/// <summary>
/// How the models of this host have been, and what is wrong with them. Registered as a singleton by <c>AddModelManagement</c>; safe for concurrent use.
/// Begins to watch some seconds after the host's start, so that the start has the processors for itself.
/// </summary>
public interface IModelMonitor
{
    /// <summary>
    /// The last 24 hours of every version that has served, for 128 versions at most; empty where <c>ModelManagementOptions.Trends</c> is off. Each
    /// call makes a snapshot, the minute that is not over yet included.
    /// </summary>
    IReadOnlyList<ModelTrend> Trends { get; }

    /// <summary>The same from a moment on; takes no more than these minutes do.</summary>
    /// <param name="from">Minutes that began then or before are left out; a version without later ones has none.</param>
    IReadOnlyList<ModelTrend> TrendsSince(DateTimeOffset from);

    /// <summary>The alerts that are not resolved, the oldest first, also those that the sinks were spared; empty where <c>AlertOptions.Enabled</c> is off.</summary>
    IReadOnlyList<Alert> ActiveAlerts { get; }
}
