using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>
/// Where the latency of some runs lies: the mean logarithm of their durations, of the middle half only, so that neither stragglers nor outliers
/// move it.
/// </summary>
/// <param name="Level">The natural logarithm of ticks. A difference of 0.26 is 30%.</param>
/// <param name="Error">The standard error of <paramref name="Level"/>, from the spread of the runs themselves.</param>
internal readonly record struct DriftObservation(double Level, double Error)
{
    /// <summary>With fewer runs their middle half says little.</summary>
    public const int LeastRuns = 20;

    // The quartiles of a normal distribution are so many standard deviations apart.
    private const double QuartileWidth = 1.349;

    // The mean of the middle half is so much less certain than that of all, were all of them normal.
    private const double Inefficiency = 1.1;

    /// <param name="counts">What the runs came to.</param>
    /// <param name="succeeded">How many of them succeeded; at least four.</param>
    public static DriftObservation Of(long[] counts, long succeeded)
    {
        var (low, high) = (succeeded / 4, succeeded - (succeeded / 4));
        var (passed, sum, first, last) = (0L, 0.0, 0.0, 0.0);
        for (var i = 0; i < LatencyBuckets.Count && passed < high; i++)
        {
            var inside = Math.Min(passed + counts[i], high) - Math.Max(passed, low);
            passed += counts[i];
            if (inside > 0)
            {
                last = Math.Log(Math.Max(1, LatencyBuckets.Middle(i).Ticks));
                first = sum == 0 ? last : first;
                sum += inside * last;
            }
        }

        return new DriftObservation(sum / (high - low), Inefficiency * (last - first) / QuartileWidth / Math.Sqrt(succeeded));
    }
}
