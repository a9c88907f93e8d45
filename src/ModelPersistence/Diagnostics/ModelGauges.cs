using System.Diagnostics.Metrics;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Diagnostics;

/// <summary>What the host holds, read when a listener asks.</summary>
internal sealed class ModelGauges(ServedModels models, RouteTable routes, ModelMetrics metrics, TimeProvider clock)
{
    public void Begin()
    {
        metrics.Meter.CreateObservableGauge(ModelTelemetry.MemoryUsage, Memory, "By", "Memory of the versions that are loaded.");
        metrics.Meter.CreateObservableGauge(ModelTelemetry.HealthStatus, Health, null, "1 serves as it should, 0.5 serves degraded, 0 does not serve.");
        metrics.Meter.CreateObservableGauge(ModelTelemetry.LeaseActive, Leases, "{lease}", "Leases that are out.");
        metrics.Meter.CreateObservableGauge(ModelTelemetry.LeaseOldestAge, OldestLeases, "s", "Age of the oldest lease that is out.");
    }

    private IEnumerable<Measurement<long>> Memory() => ByVersion().SelectMany(static served => new[]
    {
        new Measurement<long>(served.Sum(static one => one.MappedBytes), [.. Tags(served.Key.Name, served.Key.Version), new(ModelTelemetry.KindTag, "mapped")]),
        new Measurement<long>(served.Sum(static one => one.Claim?.Bytes ?? 0), [.. Tags(served.Key.Name, served.Key.Version), new(ModelTelemetry.KindTag, "private")]),
    });

    /// <summary>Several references to one version are one series, which tells the worst of them.</summary>
    private IEnumerable<Measurement<double>> Health() => routes.All
        .Where(static route => route.IsNamed || route.Plan is not null)
        .SelectMany(static route => route.Plan is { } plan
            ? plan.Targets.Select(target => (route.Reference.Name, Version: (ModelVersion?)target.Served.Version, Health: HealthOf(route, target.Served)))
            : [(route.Reference.Name, Version: null, Health: route.State == ModelState.Idle && route.Options.Load == Configuration.LoadMode.OnDemand ? 1 : 0)])
        .GroupBy(static one => (one.Name, one.Version))
        .Select(static same => new Measurement<double>(same.Min(static one => one.Health), Tags(same.Key.Name, same.Key.Version)));

    private IEnumerable<Measurement<long>> Leases() =>
        ByVersion().Select(static served => new Measurement<long>(served.Sum(static one => one.Leases.Look().Count), Tags(served.Key.Name, served.Key.Version)));

    private IEnumerable<Measurement<double>> OldestLeases()
    {
        var now = clock.GetTimestamp();
        return ByVersion().Select(served => new Measurement<double>(
            served.Max(one => one.Leases.Look().Oldest is { } begun ? Math.Max(0, clock.GetElapsedTime(begun, now).TotalSeconds) : 0), Tags(served.Key.Name, served.Key.Version)));
    }

    /// <summary>A version that drains while it is loaded anew is there twice.</summary>
    private IEnumerable<IGrouping<(string Name, ModelVersion Version), ServedModel>> ByVersion() => models.All().GroupBy(static served => (served.Name, served.Version));

    private static double HealthOf(ModelRoute route, ServedModel served) =>
        !served.IsLive ? 0 : route.Doubts.Count > 0 || served.Degradations.Count > 0 ? 0.5 : 1;

    private static KeyValuePair<string, object?>[] Tags(string name, ModelVersion? version) => version is null
        ? [new(ModelTelemetry.ModelTag, name)]
        : [new(ModelTelemetry.ModelTag, name), new(ModelTelemetry.VersionTag, version.ToString())];
}
