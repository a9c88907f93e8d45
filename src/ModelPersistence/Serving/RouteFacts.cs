using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>All that the decision over a route depends on.</summary>
/// <param name="Wanted">The versions its reference stands for; never empty.</param>
/// <param name="LastGood">The versions it last led to for good; empty while there were none.</param>
/// <param name="Serving">The versions it leads to now; empty when it leads nowhere.</param>
/// <param name="Known">How far each version is that this route loads, has loaded or failed to load; all others are absent.</param>
internal sealed record RouteFacts(
    IReadOnlyList<WeightedVersion> Wanted,
    IReadOnlyList<WeightedVersion> LastGood,
    IReadOnlyList<WeightedVersion> Serving,
    IReadOnlyList<KnownVersion> Known)
{
    public VersionStanding StandingOf(ModelVersion version) => Known.FirstOrDefault(known => known.Version == version)?.Standing ?? VersionStanding.Absent;
}
