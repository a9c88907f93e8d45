using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A route with its keeper, whose loads end when a test says so.</summary>
internal sealed class KeeperScene : ICandidateLoader, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(Candidate Candidate, TaskCompletionSource<ModelHold> End)> _loads = [];
    private readonly ManualTimeProvider _clock = new();
    private readonly InferenceSession _session = new(TestModels.Add().ToArray());
    private readonly ServingContext _context;
    private readonly ServedModels _models;
    private readonly ModelRoute _route;
    private readonly bool _hasRevisions;
    private long _revision = 1;

    public KeeperScene(ModelVersion first, bool hasRevisions = true)
        : this(first, [first], hasRevisions)
    {
    }

    /// <summary>A route that is just opened, of whose versions these can be loaded.</summary>
    /// <param name="target">What it stands for.</param>
    /// <param name="live">Those that can be loaded.</param>
    /// <param name="hasRevisions">Whether what the reference stands for has revisions, as aliases have and ranges have not.</param>
    public KeeperScene(AliasTarget target, IReadOnlyCollection<ModelVersion> live, bool hasRevisions = true)
    {
        _hasRevisions = hasRevisions;
        ModelOptions options = new();
        options.Rollback.Enabled = false;
        _route = new ModelRoute(ModelReference.Parse("m"), options, isNamed: true);
        _context = new ServingContext(_clock, NullLogger.Instance, TimeSpan.FromMinutes(1));
        _models = new ServedModels(null!, null!, null!, _context, new ModelManagementOptions());
        Keeper = new RouteKeeper(_route, this, _models, _context);
        Opening opening = new(_route, Keeper);
        foreach (var version in target.Versions.Select(static weighted => weighted.Version))
        {
            if (live.Contains(version))
            {
                opening.Add(version, Hold(version));
            }
            else
            {
                opening.Add(version, new ModelStorageException("p", "It was told to fail.", isTransient: false));
            }
        }

        Keeper.Begin(Choice(target), opening);
    }

    public RouteKeeper Keeper { get; }

    /// <summary>Whether loads end at once when the keeper does not want them any more; else they end when the test says so, all the same.</summary>
    public bool HearsDrops { get; init; }

    /// <summary>The versions that the keeper keeps in mind.</summary>
    public int Known => KnownOf(Keeper).All.Count;

    public IAsyncEnumerable<ModelChange> Follow(CancellationToken token) => _context.Feed.FollowAsync(token);

    public IReadOnlyList<WeightedVersion> Serving => [.. _route.Plan?.Targets.Select(static target => target.Weighted) ?? []];

    /// <summary>To which versions a hundred keys come.</summary>
    public IReadOnlyList<ModelVersion?> Picks => [.. Enumerable.Range(0, 100).Select(i => _route.Plan?.Pick($"user-{i}")?.Version)];

    public IReadOnlyList<string> Doubts => _route.Doubts;

    /// <summary>The versions whose load is under way and wanted.</summary>
    public IReadOnlyList<ModelVersion> Loading
    {
        get
        {
            lock (_gate)
            {
                return [.. _loads.Where(static load => !load.Candidate.Dropped.IsCancellationRequested).Select(static load => load.Candidate.Version).Order()];
            }
        }
    }

    public Task<ModelHold> LoadAsync(ModelRoute route, Candidate candidate, IModelHolder holder, CancellationToken cancellationToken)
    {
        TaskCompletionSource<ModelHold> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _loads.Add((candidate, end));
        }

        return HearsDrops ? end.Task.WaitAsync(cancellationToken) : end.Task;
    }

    public void Choose(AliasTarget target, bool isNewRevision)
    {
        _revision += isNewRevision ? 1 : 0;
        Keeper.Choose(Choice(target));
    }

    /// <summary>Ends a load that is wanted, and waits until the keeper has taken note.</summary>
    public async Task EndAsync(ModelVersion version, Exception? failure, bool isWithdrawn, CancellationToken token)
    {
        var change = _context.NextChange;
        var end = Take(load => load.Version == version && !load.Dropped.IsCancellationRequested)!;
        if (failure is not null)
        {
            end.SetException(failure);
        }
        else
        {
            end.SetResult(Hold(version, isWithdrawn));
        }

        await change.WaitAsync(token);
    }

    /// <summary>Ends a load that the keeper has given up, in case there is one: too late to matter.</summary>
    public void EndLate()
    {
        if (Take(static load => load.Dropped.IsCancellationRequested) is { } end)
        {
            end.SetResult(Hold(ModelVersion.Parse("9.9.9")));
        }
    }

    public ServedModel ServedOf(ModelVersion version) => _route.Plan!.Targets.Single(target => target.Weighted.Version == version).Served;

    /// <summary>Time passes until all that may be tried again is.</summary>
    public void Wait() => _clock.Advance(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        Keeper.Rest();
        _context.Dispose();
        _session.Dispose();
    }

    private VersionChoice Choice(AliasTarget target) => new(target, [], null) { Revision = _hasRevisions ? _revision : null };

    private TaskCompletionSource<ModelHold>? Take(Func<Candidate, bool> which)
    {
        lock (_gate)
        {
            var at = _loads.FindIndex(load => which(load.Candidate));
            if (at < 0)
            {
                return null;
            }

            var end = _loads[at].End;
            _loads.RemoveAt(at);
            return end;
        }
    }

    private ModelHold Hold(ModelVersion version, bool isWithdrawn = false)
    {
        ServedModel served = new("m", version, null, new LoadRecorder(_clock, 0), _context);
        if (!isWithdrawn)
        {
            served.Publish(new OpenedSession(_session), SessionTier.Original);
        }

        return new ModelHold(_models, served, Keeper);
    }

    [System.Runtime.CompilerServices.UnsafeAccessor(System.Runtime.CompilerServices.UnsafeAccessorKind.Field, Name = "_known")]
    private static extern ref CandidateSet KnownOf(RouteKeeper keeper);
}
