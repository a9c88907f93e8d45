using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>What the opening of a route has come to so far. Used by the loads of one opening, which may end at the same time.</summary>
internal sealed class Opening(ModelRoute route, RouteKeeper keeper)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ModelVersion, ModelHold> _loaded = [];
    private readonly Dictionary<ModelVersion, Exception> _failed = [];

    public ModelRoute Route => route;

    public RouteKeeper Keeper => keeper;

    public IReadOnlyDictionary<ModelVersion, ModelHold> Loaded => _loaded;

    public IReadOnlyDictionary<ModelVersion, Exception> Failed => _failed;

    /// <summary>What serves where nothing that is wanted can; empty for nothing.</summary>
    public IReadOnlyList<WeightedVersion> LastGood { get; set; } = [];

    /// <summary>What is served before the origin has answered; null where it has, or has no say.</summary>
    public VersionChoice? Unconfirmed { get; set; }

    /// <summary>The wanted versions that were turned back before, by this process or another.</summary>
    public IReadOnlyList<RefusedVersion> Refused { get; private set; } = [];

    /// <summary>Of the load that everybody waits for.</summary>
    public LoadRecorder Recorder => _loaded.Values.First().Served.Recorder;

    /// <summary>What is to be loaded where some versions were turned back: the others, or what was good before.</summary>
    public IReadOnlyList<WeightedVersion> LeaveOut(AliasTarget target, IReadOnlyList<RefusedVersion> refused)
    {
        List<WeightedVersion> left = [.. target.Versions.Where(weighted => refused.All(bad => bad.Version != weighted.Version))];
        if (left.Count == 0)
        {
            left = [.. refused.SelectMany(static bad => bad.LastGood).DistinctBy(static good => good.Version)];
            LastGood = left;
        }

        if (left.Count == 0)
        {
            // Nothing better is known.
            return target.Versions;
        }

        Refused = refused;
        return left;
    }

    public void ForgetRefused() => Refused = [];

    public void Add(ModelVersion version, ModelHold hold)
    {
        lock (_gate)
        {
            _loaded[version] = hold;
        }
    }

    public void Add(ModelVersion version, Exception failure)
    {
        lock (_gate)
        {
            _failed[version] = failure;
        }
    }

    /// <exception cref="ModelPersistenceException">None of the versions could be loaded: the failure of the first.</exception>
    public void ThrowIfNothing(IReadOnlyList<WeightedVersion> versions)
    {
        if (!versions.Any(weighted => _loaded.ContainsKey(weighted.Version)))
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failed[versions[0].Version]);
        }
    }

    public void ReleaseAll()
    {
        foreach (var hold in _loaded.Values)
        {
            hold.Dispose();
        }

        _loaded.Clear();
    }
}
