using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>
/// Decides which version should be where. It looks at facts and changes nothing, so that every rule can be read, and tested, here:
/// what serves goes on serving until all that shall replace it can serve; a version that failed gives its share to the others; where none
/// of the wanted versions can serve, the last good ones do.
/// </summary>
internal static class RoutePolicy
{
    public static RouteDecision Decide(RouteFacts facts)
    {
        var goal = Goal(facts);
        var lead = Lead(facts, goal);
        var needed = goal.Concat(lead ?? facts.Serving).Select(static weighted => weighted.Version).ToHashSet();
        return new RouteDecision(
            [.. goal.Select(static weighted => weighted.Version).Where(version => facts.StandingOf(version) == VersionStanding.Absent)],
            lead,
            [.. facts.Known.Where(known => known.Standing is not (VersionStanding.Absent or VersionStanding.Failed) && !needed.Contains(known.Version)).Select(static known => known.Version)]);
    }

    /// <summary>Where the route should end up, as far as is known now.</summary>
    private static List<WeightedVersion> Goal(RouteFacts facts)
    {
        IReadOnlyList<WeightedVersion>[] choices = [facts.Wanted, facts.LastGood, facts.Serving];
        foreach (var candidates in choices)
        {
            if (candidates.Where(candidate => facts.StandingOf(candidate.Version) is not (VersionStanding.Failed or VersionStanding.Refused)).ToList() is { Count: > 0 } usable)
            {
                return usable;
            }
        }

        return [];
    }

    private static List<WeightedVersion>? Lead(RouteFacts facts, List<WeightedVersion> goal)
    {
        List<WeightedVersion> ready = [.. goal.Where(weighted => facts.StandingOf(weighted.Version) is VersionStanding.Live)];

        // What was turned back still answers, and serves on until the last good versions are there again.
        List<WeightedVersion> left = [.. facts.Serving.Where(weighted => facts.StandingOf(weighted.Version) is VersionStanding.Live or VersionStanding.Refused)];
        var isWhole = left.Count == facts.Serving.Count && left.Count > 0;

        // 1. What serves is left in one step, and only for the whole goal. 2. Where a part of it is gone, what is ready takes over at once.
        var next = ready.Count == goal.Count && ready.Count > 0 ? ready
            : isWhole ? left
            : ready.Count > 0 ? ready
            : left;
        return next.SequenceEqual(facts.Serving) ? null : next;
    }
}
