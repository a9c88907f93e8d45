using ModelPersistence.Configuration;

namespace ModelPersistence.Monitoring;

/// <summary>What counts for all models alike.</summary>
internal sealed record MonitorSettings(bool Trends, TimeSpan Window, double MinShift)
{
    public static MonitorSettings From(ModelManagementOptions options) => new(options.Trends, options.Alerts.Window, options.Alerts.Drift.MinShift);
}
