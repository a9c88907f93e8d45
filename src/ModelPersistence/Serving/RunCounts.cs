namespace ModelPersistence.Serving;

/// <summary>
/// What runs came to as plain numbers: how many fell into each bucket of latency, the sum of their ticks, and how many failed or were rejected. Counts
/// of different times can be subtracted, and those of different places added.
/// </summary>
internal static class RunCounts
{
    public const int TotalTicks = LatencyBuckets.Count;
    public const int Failed = TotalTicks + 1;
    public const int Rejected = Failed + 1;
    public const int Slots = Rejected + 1;

    public static long[] Create() => new long[Slots];

    public static long Succeeded(long[] counts)
    {
        long sum = 0;
        for (var i = 0; i < LatencyBuckets.Count; i++)
        {
            sum += counts[i];
        }

        return sum;
    }

    /// <summary>How many succeeded and took longer, give or take the width of a bucket.</summary>
    public static long SlowerThan(long[] counts, TimeSpan limit)
    {
        long sum = 0;
        for (var i = LatencyBuckets.IndexOf(limit) + 1; i < LatencyBuckets.Count; i++)
        {
            sum += counts[i];
        }

        return sum;
    }

    /// <summary>The duration that a share of those that succeeded did not exceed (nearest rank). There must be one that did.</summary>
    public static TimeSpan Quantile(long[] counts, long succeeded, double quantile)
    {
        var left = Math.Max(1, (long)Math.Ceiling(quantile * succeeded));
        var index = 0;
        while ((left -= counts[index]) > 0)
        {
            index++;
        }

        return LatencyBuckets.Middle(index);
    }

    public static InferenceStatistics Describe(long[] counts)
    {
        var (succeeded, failed, rejected) = (Succeeded(counts), counts[Failed], counts[Rejected]);
        return succeeded == 0
            ? new InferenceStatistics(failed, failed, rejected, null, null, null, null)
            : new InferenceStatistics(
                succeeded + failed,
                failed,
                rejected,
                TimeSpan.FromTicks(counts[TotalTicks] / succeeded),
                Quantile(counts, succeeded, 0.50),
                Quantile(counts, succeeded, 0.95),
                Quantile(counts, succeeded, 0.99));
    }
}
