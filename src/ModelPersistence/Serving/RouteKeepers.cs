using System.Collections.Concurrent;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>The keepers of all routes that have been opened.</summary>
internal sealed class RouteKeepers(CandidateLoader loader, ServedModels models, RefusalMemory refusals, ServingContext context)
{
    private readonly ConcurrentDictionary<ModelRoute, RouteKeeper> _keepers = new();

    public ICollection<RouteKeeper> All => _keepers.Values;

    public RouteKeeper For(ModelRoute route) =>
        _keepers.TryGetValue(route, out var known) ? known : _keepers.GetOrAdd(route, new RouteKeeper(route, loader, models, context) { Refusals = refusals });

    public void Forget(ModelRoute route) => _keepers.TryRemove(route, out _);
}
