using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Store;

namespace ModelPersistence.Startup;

/// <summary>Reads the one state that the routes and their targets hold.</summary>
internal sealed class ModelStatus(RouteTable routes, ServingContext context, StoreUpkeep upkeep) : IModelStatus
{
    private volatile StartupPhase _phase;
    private volatile string? _startFault;

    public StartupPhase Phase => _phase;

    /// <summary>Why the start as a whole has failed; null where it has not.</summary>
    public string? StartFault => _startFault;

    public bool IsDegraded => DegradedReasons.Count > 0;

    public IReadOnlyList<string> DegradedReasons =>
    [
        .. new[] { _startFault, upkeep.OverLimit }.OfType<string>(),
        .. Models.SelectMany(static model => model.Failure is { } failure ? [.. model.Degradations, failure.Message] : model.Degradations).Distinct(),
    ];

    public IReadOnlyList<ModelStatusEntry> Models => [.. routes.All.Select(Describe).OrderBy(static entry => entry.Reference, StringComparer.Ordinal)];

    public IReadOnlyList<ModelVersion> VersionsOf(string reference) => routes.TryGet(reference, out var route) && route.Plan is { } plan ? plan.Versions : [];

    public async Task WaitForAsync(StartupPhase phase, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Taken before the look, so that a change between the two is not missed.
            var change = context.NextChange;
            if (Phase >= phase)
            {
                return;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public IAsyncEnumerable<ModelChange> FollowAsync(CancellationToken cancellationToken = default) => context.Feed.FollowAsync(cancellationToken);

    /// <summary>Enters a phase; going back is ignored.</summary>
    public void Enter(StartupPhase phase)
    {
        if (phase > _phase)
        {
            _phase = phase;
            context.Feed.Publish(ModelChangeKind.Phase, phase.ToString());
            context.Changed();
        }
    }

    public void Fault(string? reason)
    {
        _startFault = reason;
        context.Changed();
    }

    private static ModelStatusEntry Describe(ModelRoute route)
    {
        var plan = route.Plan;
        var main = plan?.Main;
        return new ModelStatusEntry
        {
            Reference = route.Reference.ToString(),
            Critical = route.Options.Critical,
            HasServed = route.HasServed,
            State = route.State,
            Version = main?.Version,
            Digest = main?.Digest,
            Tier = main?.Current?.Tier,
            Settled = plan?.Targets.All(static target => target.Served.IsSettled) ?? false,
            Timeline = main?.Recorder.Timeline,
            Warmup = main?.Warmup,
            Versions = [.. plan?.Targets.Select(Describe) ?? []],
            Degradations = [.. route.Doubts.Concat(plan?.Targets.SelectMany(static target => target.Served.Degradations) ?? []).Distinct()],
            Failure = route.Failure,
        };
    }

    private static ServedVersion Describe(RouteTarget target) => new()
    {
        Version = target.Weighted.Version,
        Weight = target.Weighted.Weight,
        Digest = target.Served.Digest,
        State = target.Served.State,
        Tier = target.Served.Current?.Tier,
        Statistics = target.Served.Statistics.Snapshot(),
        PrivateBytes = target.Served.Claim?.Bytes ?? 0,
        MappedBytes = target.Served.MappedBytes,
        ExecutionProvider = target.Served.Current?.Opened.ExecutionProvider,
        FallbackReasons = target.Served.Current?.Opened.FallbackReasons ?? [],
    };
}
