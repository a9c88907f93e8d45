using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ModelPersistence.Diagnostics;

/// <summary>Answers the health checks of a host that has them.</summary>
internal sealed class ModelHealthCheck(IModelHealth health) : IHealthCheck
{
    public const string Name = "models";

    public const string Tag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var report = health.Check();
        Dictionary<string, object> data = new(StringComparer.Ordinal) { ["ml_models"] = report.Models, ["model_warmup"] = report.Warmup };

        // What the host has set for a failure of this check counts, as for every check.
        var status = report.Status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : report.Status;
        return Task.FromResult(new HealthCheckResult(status, report.Reasons.Count == 0 ? "All models are as they should be." : string.Join(' ', report.Reasons), data: data));
    }
}
