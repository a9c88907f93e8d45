using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Where a route leads: immutable, published as a whole.</summary>
internal sealed class RoutePlan
{
    private readonly ServedModel? _only;
    private readonly TrafficSplit? _split;

    /// <param name="reference">The route's reference.</param>
    /// <param name="shares">By which keys are dealt out, see <see cref="SharesOf"/>.</param>
    /// <param name="targets">What serves now.</param>
    public RoutePlan(ModelReference reference, IReadOnlyList<WeightedVersion> shares, IReadOnlyList<RouteTarget> targets)
    {
        (Shares, Targets) = (shares, targets);
        Versions = [.. targets.Select(static target => target.Weighted.Version)];
        if (targets is [var only])
        {
            _only = only.Served;
            return;
        }

        var places = shares.OrderBy(static weighted => weighted.Version).ToArray();
        _split = new TrafficSplit(
            reference.ToString(),
            [.. places.Select(place => targets.FirstOrDefault(target => target.Weighted.Version == place.Version)?.Served)],
            [.. places.Select(static place => place.Weight)]);
    }

    /// <summary>By which keys are dealt out; among them versions that cannot serve.</summary>
    public IReadOnlyList<WeightedVersion> Shares { get; }

    /// <summary>What serves, with its share.</summary>
    public IReadOnlyList<RouteTarget> Targets { get; }

    /// <summary>The versions of the targets.</summary>
    public IReadOnlyList<ModelVersion> Versions { get; }

    /// <summary>The version with the greatest share: what a status that names one version names.</summary>
    public ServedModel Main => _only ?? Targets.MaxBy(static target => target.Weighted.Weight)!.Served;

    public ServedModel? Pick() => _only ?? _split!.Pick();

    public ServedModel? Pick(ReadOnlySpan<char> affinityKey) => _only ?? _split!.Pick(affinityKey);

    /// <summary>
    /// The shares that keys are dealt out by. Those the reference stands for, also of versions that cannot serve, so that no key of the others
    /// moves, and every host comes to the same whatever it has been through. What serves while nothing of that can keeps the shares it had.
    /// </summary>
    /// <param name="wanted">What the reference stands for.</param>
    /// <param name="before">Where the route led so far; null for nowhere.</param>
    /// <param name="lead">What serves now.</param>
    public static IReadOnlyList<WeightedVersion> SharesOf(IReadOnlyList<WeightedVersion> wanted, RoutePlan? before, IReadOnlyList<WeightedVersion> lead) =>
        lead.All(wanted.Contains) ? wanted
        : before is not null && lead.All(before.Shares.Contains) ? before.Shares
        : lead;
}
