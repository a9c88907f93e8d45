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

    private readonly long[]?[] _pages = new long[]?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MostPages))];

    /// <summary>The runs that gave outputs.</summary>
    public long Succeeded => Sum(0, LatencyBuckets.Count);

    public long Errors => Sum(RunCounts.Failed, 1);

    public void Record(TimeSpan elapsed, RunOutcome outcome)
    {
        var page = Page();
        if (outcome == RunOutcome.Succeeded)
        {
            Interlocked.Increment(ref page[LatencyBuckets.IndexOf(elapsed)]);
            Interlocked.Add(ref page[RunCounts.TotalTicks], elapsed.Ticks);
        }
        else
        {
            Interlocked.Increment(ref page[outcome == RunOutcome.Failed ? RunCounts.Failed : RunCounts.Rejected]);
        }
    }

    /// <summary>What was counted so far. Runs that end meanwhile may be in one figure and not yet in another.</summary>
    public InferenceStatistics Snapshot()
    {
        var sums = RunCounts.Create();
        CopyTo(sums);
        return RunCounts.Describe(sums);
    }

    /// <summary>Writes what was counted so far into an array of <see cref="RunCounts.Create"/>, to be taken apart by <see cref="RunCounts"/>.</summary>
    public void CopyTo(long[] counts)
    {
        Array.Clear(counts);
        foreach (var page in _pages)
        {
            for (var i = 0; page is not null && i < RunCounts.Slots; i++)
            {
                counts[i] += Volatile.Read(ref page[i]);
            }
        }
    }

    private long[] Page()
    {
        var index = Thread.GetCurrentProcessorId() & (_pages.Length - 1);
        return _pages[index] ?? Add(index);
    }

    private long[] Add(int index)
    {
        // Whoever comes second counts on the page of the first.
        var page = RunCounts.Create();
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
