using System.Numerics;

namespace ModelPersistence.Serving;

/// <summary>
/// Counts and times the runs of one version. Safe for any number of threads: each processor counts on pages of its own, which are made at
/// its first run, so that a run costs two additions that nobody else contends for.
/// </summary>
internal sealed class RunStatistics
{
    // Beyond this more pages would cost more memory than the contention costs time.
    private const int MostPages = 16;

    private const int TotalTicks = LatencyBuckets.Count;
    private const int Failed = TotalTicks + 1;
    private const int Rejected = Failed + 1;
    private const int Slots = Rejected + 1;

    private readonly long[]?[] _pages = new long[]?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MostPages))];

    /// <summary>The runs that gave outputs.</summary>
    public long Succeeded => Sum(0, LatencyBuckets.Count);

    public long Errors => Sum(Failed, 1);

    public void Record(TimeSpan elapsed, RunOutcome outcome)
    {
        var page = Page();
        if (outcome == RunOutcome.Succeeded)
        {
            Interlocked.Increment(ref page[LatencyBuckets.IndexOf(elapsed)]);
            Interlocked.Add(ref page[TotalTicks], elapsed.Ticks);
        }
        else
        {
            Interlocked.Increment(ref page[outcome == RunOutcome.Failed ? Failed : Rejected]);
        }
    }

    /// <summary>What was counted so far. Runs that end meanwhile may be in one figure and not yet in another.</summary>
    public InferenceStatistics Snapshot()
    {
        var sums = new long[Slots];
        foreach (var page in _pages)
        {
            for (var i = 0; page is not null && i < Slots; i++)
            {
                sums[i] += Volatile.Read(ref page[i]);
            }
        }

        var buckets = sums.AsSpan(0, LatencyBuckets.Count);
        long succeeded = 0;
        foreach (var count in buckets)
        {
            succeeded += count;
        }

        return succeeded == 0
            ? new InferenceStatistics(sums[Failed], sums[Failed], sums[Rejected], null, null, null, null)
            : new InferenceStatistics(
                succeeded + sums[Failed],
                sums[Failed],
                sums[Rejected],
                TimeSpan.FromTicks(sums[TotalTicks] / succeeded),
                Rank(buckets, succeeded, 0.50),
                Rank(buckets, succeeded, 0.95),
                Rank(buckets, succeeded, 0.99));
    }

    private static TimeSpan Rank(ReadOnlySpan<long> buckets, long count, double quantile)
    {
        var left = Math.Max(1, (long)Math.Ceiling(quantile * count));
        var index = 0;
        while ((left -= buckets[index]) > 0)
        {
            index++;
        }

        return LatencyBuckets.Middle(index);
    }

    private long[] Page()
    {
        var index = Thread.GetCurrentProcessorId() & (_pages.Length - 1);
        return _pages[index] ?? Add(index);
    }

    private long[] Add(int index)
    {
        // Whoever comes second counts on the page of the first.
        var page = new long[Slots];
        return Interlocked.CompareExchange(ref _pages[index], page, null) ?? page;
    }

    private long Sum(int from, int count)
    {
        long sum = 0;
        foreach (var page in _pages)
        {
            for (var i = from; page is not null && i < from + count; i++)
            {
                sum += Volatile.Read(ref page[i]);
            }
        }

        return sum;
    }
}
