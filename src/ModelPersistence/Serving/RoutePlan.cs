using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Where a route leads: immutable, published as a whole.</summary>
internal sealed class RoutePlan
{
    private readonly ServedModel? _only;
    private readonly TrafficSplit? _split;

    /// <param name="reference">The route's reference.</param>
    /// <param name="wanted">What it stands for: the shares that a split is made of.</param>
    /// <param name="targets">What serves now.</param>
    public RoutePlan(ModelReference reference, IReadOnlyList<WeightedVersion> wanted, IReadOnlyList<RouteTarget> targets)
    {
        Targets = targets;
        if (targets is [var only])
        {
            _only = only.Served;
            return;
        }

        // A version that is wanted and cannot serve keeps its place, so that no key of the others moves.
        var places = wanted.UnionBy(targets.Select(static target => target.Weighted), static weighted => weighted.Version)
            .OrderBy(static weighted => weighted.Version).ToArray();
        _split = new TrafficSplit(
            reference.ToString(),
            [.. places.Select(place => targets.FirstOrDefault(target => target.Weighted.Version == place.Version)?.Served)],
            [.. places.Select(static place => place.Weight)]);
    }

    /// <summary>What serves, with its share.</summary>
    public IReadOnlyList<RouteTarget> Targets { get; }

    /// <summary>The version with the greatest share: what a status that names one version names.</summary>
    public ServedModel Main => Targets.MaxBy(static target => target.Weighted.Weight)!.Served;

    public ServedModel? Pick() => _only ?? _split!.Pick();

    public ServedModel? Pick(ReadOnlySpan<char> affinityKey) => _only ?? _split!.Pick(affinityKey);
}
