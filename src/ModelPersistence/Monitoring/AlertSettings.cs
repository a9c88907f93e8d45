using ModelPersistence.Configuration;
using ModelPersistence.Models;

namespace ModelPersistence.Monitoring;

/// <summary>What counts for one model: its own settings, and the host's where it has none.</summary>
internal sealed record AlertSettings(bool Enabled, double MaxErrorRate, TimeSpan? MaxP95, bool Drift)
{
    public static AlertSettings For(string model, ModelManagementOptions options)
    {
        var host = options.Alerts;
        List<ModelAlertOptions> own = [.. options.Models.Where(named => ModelReference.Parse(named.Reference).Name == model).Select(static named => named.Alerts)];
        var enabled = host.Enabled && (own.Select(static alerts => alerts.Enabled).FirstOrDefault(static value => value is not null) ?? true);
        return new AlertSettings(
            enabled,
            own.Select(static alerts => alerts.MaxErrorRate).FirstOrDefault(static value => value is not null) ?? host.MaxErrorRate,
            own.Select(static alerts => alerts.MaxP95).FirstOrDefault(static value => value is not null) ?? host.MaxP95,
            enabled && (own.Select(static alerts => alerts.Drift).FirstOrDefault(static value => value is not null) ?? host.Drift.Enabled));
    }
}
