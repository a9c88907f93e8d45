using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Startup;

namespace ModelPersistence.Tests.AspNetCore.Endpoints;

/// <summary>A model of which everything is known that there is to know.</summary>
internal sealed class FullStatus(TimeProvider clock) : IModelMonitor
{
    private static readonly TimeSpan Run = TimeSpan.FromTicks(12_345);

    public static FrozenStatus Status => new(new ModelStatusEntry
    {
        Reference = "add:stable",
        Critical = true,
        HasServed = true,
        State = ModelState.Ready,
        Version = Version,
        Digest = Sha256Digest.Of("add"u8),
        Tier = SessionTier.Packed,
        Settled = true,
        Timeline = new LoadTimeline([new LoadStep(LoadPhase.FirstRun, Run, BehindStart: false, "cold")], TimeSpan.FromMilliseconds(71)),
        Warmup = new WarmupStatistics(3, Run, Run, Run, Run, Run),
        Versions =
        [
            new ServedVersion
            {
                Version = Version,
                Weight = 9,
                Digest = Sha256Digest.Of("add"u8),
                State = ModelState.Ready,
                Tier = SessionTier.Packed,
                Statistics = new InferenceStatistics(5, 1, 2, Run, Run, Run, Run),
                PrivateBytes = 1000,
                MappedBytes = 2000,
                ExecutionProvider = "Cpu",
                FallbackReasons = ["no device"],
            },
        ],
        Degradations = ["slow"],
        Failure = new ModelPersistenceException("wrong \"bytes\""),
    });

    public IReadOnlyList<ModelTrend> Trends => throw new NotSupportedException("Nobody needs all.");

    public IReadOnlyList<ModelTrend> TrendsSince(DateTimeOffset from) =>
    [
        new ModelTrend
        {
            Model = "add",
            Version = Version,
            IsLoaded = true,
            Minutes = [.. new[] { 1500, 90, 30, 1 }.Select(ago => new TrendMinute(clock.GetUtcNow().AddMinutes(-ago), 5, 1, 2, Run, Run, Run, Run, Run)).Where(minute => minute.Start > from)],
        },
    ];

    public IReadOnlyList<Alert> ActiveAlerts =>
    [
        new Alert
        {
            Id = "a1",
            Rule = AlertRule.ErrorRate,
            Severity = AlertSeverity.Warning,
            Model = "add",
            Version = Version,
            Message = "Too many fail.",
            Value = 0.5,
            Bound = double.PositiveInfinity,
            Since = clock.GetUtcNow(),
        },
    ];

    private static ModelVersion Version => ModelVersion.Parse("1.2.0");
}
