namespace ModelPersistence.Sessions;

/// <summary>What the warm-up of a model measured.</summary>
/// <param name="Iterations">How many runs were made, the first included.</param>
/// <param name="First">The first run, which pays for page faults and allocations. Not part of the other figures when there are more runs.</param>
/// <param name="Average">The mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">The 95th percentile (nearest rank).</param>
/// <param name="P99">The 99th percentile (nearest rank).</param>
public sealed record WarmupStatistics(int Iterations, TimeSpan First, TimeSpan Average, TimeSpan P50, TimeSpan P95, TimeSpan P99)
{
    internal static WarmupStatistics? From(TimeSpan first, IReadOnlyList<TimeSpan> others)
    {
        TimeSpan[] sorted = others.Count == 0 ? [first] : [.. others.Order()];
        return new WarmupStatistics(
            others.Count + 1, first, TimeSpan.FromTicks((long)sorted.Average(static t => t.Ticks)), Rank(0.50), Rank(0.95), Rank(0.99));

        TimeSpan Rank(double quantile) => sorted[Math.Max(0, (int)Math.Ceiling(quantile * sorted.Length) - 1)];
    }
}
