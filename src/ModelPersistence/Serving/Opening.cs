using ModelPersistence.Models;

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

    /// <summary>What serves where nothing that is wanted can; null for nothing.</summary>
    public AliasTarget? Fallback { get; set; }

    /// <summary>Of the load that everybody waits for.</summary>
    public LoadRecorder Recorder => _loaded.Values.First().Served.Recorder;

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
    public void ThrowIfNothing(AliasTarget target)
    {
        if (!target.Versions.Any(weighted => _loaded.ContainsKey(weighted.Version)))
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failed[target.Versions[0].Version]);
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
