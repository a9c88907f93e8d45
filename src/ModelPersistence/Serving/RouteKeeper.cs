using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>
/// Keeps one route where it belongs while it leads somewhere: does what <see cref="RoutePolicy"/> decides whenever a fact has changed.
/// A request is never kept waiting by it. The first load of a route is <see cref="RouteOpener"/>'s.
/// </summary>
internal sealed class RouteKeeper(ModelRoute route, ICandidateLoader loader, ServedModels models, ServingContext context) : IModelHolder
{
    private readonly Lock _gate = new();
    private readonly CandidateSet _known = new();
    private VersionChoice? _choice;
    private IReadOnlyList<WeightedVersion> _lastGood = [];
    private IReadOnlyList<WeightedVersion> _serving = [];
    private ITimer? _trial;

    public ModelRoute Route => route;

    /// <summary>Where versions that were turned back are remembered; null for nowhere.</summary>
    public RefusalMemory? Refusals { get; init; }

    public string? KeptAs => !route.IsNamed ? null : route.Options.Critical ? "critical" : route.Options.Pinned ? "pinned" : null;

    private HashSet<ModelVersion> Named => [.. _choice!.Target.Versions.Concat(_lastGood).Concat(_serving).Select(static weighted => weighted.Version)];

    /// <summary>Whether a version is on its way.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _known.All.Any(static candidate => candidate.Standing == VersionStanding.Loading);
            }
        }
    }

    /// <summary>Whether it has led somewhere and was not laid to rest since.</summary>
    public bool IsLeading
    {
        get
        {
            lock (_gate)
            {
                return _choice is not null;
            }
        }
    }

    /// <summary>Begins to lead, with what was loaded for it; takes over its holds.</summary>
    public void Begin(VersionChoice choice, Opening opening)
    {
        lock (_gate)
        {
            Clear();
            _choice = choice;
            _lastGood = opening.LastGood;
            foreach (var (version, failure) in opening.Failed)
            {
                Fail(_known.Add(new Candidate(version)), failure);
            }

            foreach (var refused in opening.Refused.Where(bad => bad.Revision == choice.Revision))
            {
                _known.Add(new Candidate(refused.Version) { Standing = VersionStanding.Refused, Digest = refused.Digest, Failure = new InvalidOperationException(refused.Reason) });
            }

            foreach (var (version, hold) in opening.Loaded)
            {
                if (!hold.Served.IsLive)
                {
                    // Withdrawn while others were loaded or the origin was waited for, so that nobody has told it: it is loaded anew.
                    hold.Dispose();
                    continue;
                }

                _known.Add(new Candidate(version) { Standing = VersionStanding.Live, Hold = hold, Digest = hold.Served.Digest });
            }

            Step();
        }
    }

    /// <summary>The reference stands for this now. A revision that is new gives everything that failed or was turned back another chance.</summary>
    public void Choose(VersionChoice choice)
    {
        lock (_gate)
        {
            if (_choice is null)
            {
                // It rests, and asks anew when somebody wants it.
                return;
            }

            if (choice.Revision < _choice.Revision)
            {
                // An answer that was slow: what is known already is newer.
                choice = _choice with { Doubts = choice.Doubts };
            }

            if (choice.Revision != _choice.Revision)
            {
                _known.ForgiveAll();
            }

            _choice = choice;
            Step();
        }
    }

    /// <summary>Nobody could say what the reference stands for now.</summary>
    public void Doubt(string reason)
    {
        lock (_gate)
        {
            if (_choice is not null)
            {
                _choice = _choice with { Doubts = [reason] };
                Step();
            }
        }
    }

    /// <summary>The versions it should lead to, now or if need be, that have failed or were turned back.</summary>
    public IReadOnlyList<TroubledVersion> Troubles()
    {
        lock (_gate)
        {
            return _choice is null ? [] : _known.Troubles(Named);
        }
    }

    /// <summary>Tries a version again that failed.</summary>
    public void TryAgain(ModelVersion version)
    {
        lock (_gate)
        {
            if (_known.Find(version) is { Standing: VersionStanding.Failed } candidate)
            {
                candidate.Forgive();
                Step();
            }
        }
    }

    /// <summary>Leads nowhere from now on and holds nothing; the next request opens the route again.</summary>
    public void Rest()
    {
        lock (_gate)
        {
            if (_choice is null)
            {
                return;
            }

            LieDown();
        }

        context.Changed();
    }

    public void OnTripped(ServedModel served, string reason)
    {
        lock (_gate)
        {
            if (_known.Find(served) is not { Standing: VersionStanding.Live } candidate)
            {
                return;
            }

            if (_lastGood.All(good => good.Version == candidate.Version))
            {
                // It is the one that others would be taken back for.
                served.Degrade(reason);
                return;
            }

            (candidate.Standing, candidate.Failure) = (VersionStanding.Refused, new InvalidOperationException(reason));
            ServingLog.RolledBack(context.Logger, route.Reference.ToString(), candidate.Version.ToString(), reason, RouteText.Of(_lastGood));
            context.Metrics.Swapped(route.Reference.Name, "rolled_back");
            context.Feed.Publish(ModelChangeKind.RolledBack, route.Reference.ToString(), candidate.Version, reason);
            Remember(candidate, reason);
            Step();
        }
    }

    public void OnWithdrawn(ServedModel served, Exception? fault)
    {
        lock (_gate)
        {
            if (_known.Find(served) is not { } candidate)
            {
                return;
            }

            candidate.Hold = null;
            if (fault is not null)
            {
                Fail(candidate, fault);
                Step();
                return;
            }

            _known.Remove(candidate);
            if (_serving.Any(serving => serving.Version == candidate.Version))
            {
                LieDown();
            }
        }

        context.Changed();
    }

    private void Remember(Candidate candidate, string reason)
    {
        if (_choice?.Revision is not { } revision || Refusals is null)
        {
            return;
        }

        var refused = candidate.Refused(route.Reference, revision, reason, context.Clock.GetUtcNow(), _lastGood);

        // Elsewhere: it writes a file, and the caller holds the lock.
        _ = Task.Run(() => Refusals.RememberAsync(refused, CancellationToken.None));
    }

    private void Step()
    {
        var decision = RoutePolicy.Decide(new RouteFacts(_choice!.Target.Versions, _lastGood, _serving, _known.Standings()));
        foreach (var version in decision.Load)
        {
            Candidate candidate = new(version) { Failures = _known.Find(version)?.Failures ?? 0, Failure = _known.Find(version)?.Failure };
            _known.Add(candidate);
            _ = Task.Run(() => LoadAsync(candidate));
        }

        if (decision.Lead is { } lead)
        {
            Lead(lead);
        }
        else if (route.Plan is { } plan && !plan.Shares.SequenceEqual(RoutePlan.SharesOf(_choice.Target.Versions, plan, _serving)))
        {
            // The same versions, but the reference stands for others beside them now.
            LeadTo(_serving);
        }

        _known.Drop(decision.Drop);

        // A version that nothing names any more is remembered for having failed while the revision stands, but nobody misses it.
        var named = Named;
        _known.Forget(named, _choice.Revision is null);
        route.Doubts = [.. _choice.Doubts, .. _known.All.Where(candidate => candidate.Failure is not null && named.Contains(candidate.Version)).OrderBy(static candidate => candidate.Version).Select(candidate => RouteText.Explain(route.Reference, candidate, _serving))];
        context.Changed();
    }

    private void Lead(IReadOnlyList<WeightedVersion> lead)
    {
        var before = _serving;
        _serving = lead;
        if (lead.Count == 0)
        {
            route.Fail(_known.All.Select(static candidate => candidate.Failure).First(static failure => failure is not null)!);
            return;
        }

        // 1. Reachable. 2. Said to be ready. 3. What served before is given up by the caller, so that a reader always finds a live one.
        LeadTo(lead);
        foreach (var target in route.Plan!.Targets)
        {
            target.Served.BeginServing();
            models.BeginUpgrade(target.Served, grace: true);
        }

        ServingLog.Swapped(context.Logger, route.Reference.ToString(), before.Count > 0 ? RouteText.Of(before) : "nothing", RouteText.Of(lead));
        if (before.Count > 0)
        {
            context.Metrics.Swapped(route.Reference.Name, "swapped");
        }

        context.Feed.Publish(before.Count > 0 ? ModelChangeKind.Swapped : ModelChangeKind.Ready, route.Reference.ToString(), route.Plan.Main.Version);
        Try(lead);
    }

    private void LeadTo(IReadOnlyList<WeightedVersion> lead) => route.LeadTo(new RoutePlan(
        route.Reference,
        RoutePlan.SharesOf(_choice!.Target.Versions, route.Plan, lead),
        [.. lead.Select(weighted => new RouteTarget(weighted, _known.Find(weighted.Version)!.Hold!.Served))]));

    /// <summary>What serves in the place of something good has to prove itself first.</summary>
    private void Try(IReadOnlyList<WeightedVersion> lead)
    {
        _trial?.Dispose();
        _trial = null;
        var isNew = _lastGood.Count > 0 && lead.Any(weighted => !IsGood(weighted.Version));
        if (!isNew || !context.AutomaticRollback || !route.Options.Rollback.Enabled)
        {
            _lastGood = lead;
            return;
        }

        foreach (var target in route.Plan!.Targets.Where(target => !IsGood(target.Weighted.Version)))
        {
            models.BeginTrial(target.Served, route.Options.Rollback);
        }

        _trial = context.Clock.CreateTimer(_ => Prove(lead), null, route.Options.Rollback.Window, Timeout.InfiniteTimeSpan);

        bool IsGood(ModelVersion version) => _lastGood.Any(good => good.Version == version);
    }

    private void Prove(IReadOnlyList<WeightedVersion> lead)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_serving, lead) && lead.All(weighted => _known.Find(weighted.Version) is { Standing: VersionStanding.Live }))
            {
                _lastGood = lead;
            }
        }
    }

    private async Task LoadAsync(Candidate candidate)
    {
        try
        {
            var hold = await loader.LoadAsync(route, candidate, this, candidate.Dropped).ConfigureAwait(false);
            lock (_gate)
            {
                if (!_known.Contains(candidate))
                {
                    hold.Dispose();
                    return;
                }

                if (!hold.Served.IsLive)
                {
                    // Withdrawn before this route was seen to hold it, so that nobody has told it: the next load says why, or makes it anew.
                    hold.Dispose();
                    candidate.Standing = VersionStanding.Absent;
                    Step();
                    return;
                }

                (candidate.Hold, candidate.Standing, candidate.Failures, candidate.Failure) = (hold, VersionStanding.Live, 0, null);
                Step();
            }
        }
        catch (Exception e) when (context.IsShutdown(e))
        {
            return;
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                if (_known.Contains(candidate))
                {
                    ServingLog.CandidateFailed(context.Logger, e, route.Reference.ToString(), candidate.Version.ToString(), RouteText.Of(_serving));
                    context.Metrics.Swapped(route.Reference.Name, "failed");
                    context.Feed.Publish(ModelChangeKind.Failed, route.Reference.ToString(), candidate.Version, e.Message);
                    Fail(candidate, e);
                    Step();
                }
            }
        }
    }

    private void Fail(Candidate candidate, Exception failure)
    {
        candidate.Fail(failure);
        if (failure is not ModelPersistenceException { IsTransient: false })
        {
            candidate.Retry = context.Clock.CreateTimer(
                _ => TryAgain(candidate.Version), null, RetryDelays.After(candidate.Failures, Random.Shared.NextDouble()), Timeout.InfiniteTimeSpan);
        }
    }

    private void LieDown()
    {
        route.Rest();
        _known.EndHolds();
        Clear();
        context.Feed.Publish(ModelChangeKind.Unloaded, route.Reference.ToString());
    }

    private void Clear()
    {
        _known.Clear();
        _trial?.Dispose();
        _trial = null;
        (_choice, _serving, _lastGood) = (null, [], []);
    }
}
