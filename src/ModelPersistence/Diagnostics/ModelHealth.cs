using Microsoft.Extensions.Diagnostics.HealthChecks;
using ModelPersistence.Startup;

namespace ModelPersistence.Diagnostics;

/// <summary>Reads the one state that the status reads, too.</summary>
internal sealed class ModelHealth(ModelStatus status) : IModelHealth
{
    public ModelHealthReport Check()
    {
        var models = status.Models;
        List<string> fatal = [.. models.Where(static model => model is { Critical: true, HasServed: false }).Select(Explain)];
        if (status.StartFault is { } fault)
        {
            fatal.Add(fault);
        }

        IReadOnlyList<string> reasons = [.. fatal.Concat(status.DegradedReasons).Distinct()];
        var health = fatal.Count > 0 ? HealthStatus.Unhealthy : reasons.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy;
        return new ModelHealthReport
        {
            Status = health,
            Reasons = reasons,
            Models = new ModelsHealth
            {
                Enabled = models.Count > 0,
                Status = health,
                Phase = status.Phase,
                LoadedModels = [.. models.Where(static model => model.Version is not null).Select(static model => model.Reference)],
                TotalModels = models.Count,
                Models = models.ToDictionary(static model => model.Reference, Describe),
            },
            Warmup = WarmupOf([.. models.Where(static model => model.Version is not null)]),
        };
    }

    private static string Explain(ModelStatusEntry model) =>
        model.Failure is { } failure ? $"Critical model '{model.Reference}' has not served yet: {failure.Message}" : $"Critical model '{model.Reference}' is not ready yet ({model.State}).";

    private static ModelHealthEntry Describe(ModelStatusEntry model) => new()
    {
        State = model.State,
        Critical = model.Critical,
        Version = model.Version?.ToString(),
        ReadyMilliseconds = model.Timeline?.TimeToReady?.TotalMilliseconds,
        Timeline = model.Timeline?.ToString(),
        Inferences = model.Versions.Sum(static version => version.Statistics.Count),
        Errors = model.Versions.Sum(static version => version.Statistics.Errors),
        P95Milliseconds = model.Versions.Max(static version => version.Statistics.P95)?.TotalMilliseconds,
        Reasons = model.Failure is { } failure ? [.. model.Degradations, failure.Message] : model.Degradations,
    };

    private static WarmupHealth WarmupOf(IReadOnlyList<ModelStatusEntry> serving)
    {
        var warmedUp = serving.Count > 0 && serving.All(static model => model.Settled);
        var measured = serving.Select(static model => model.Warmup).OfType<Sessions.WarmupStatistics>().ToList();
        return new WarmupHealth
        {
            Status = serving.Count == 0 ? "not_started" : warmedUp ? "completed" : "in_progress",
            WarmedUp = warmedUp,
            Performance = measured.Count == 0
                ? new WarmupPerformance(null, null)
                : new WarmupPerformance(
                    measured.Sum(static warmup => warmup.Average.TotalMilliseconds * warmup.Iterations) / measured.Sum(static warmup => warmup.Iterations),
                    measured.Max(static warmup => warmup.P95.TotalMilliseconds)),
        };
    }
}
