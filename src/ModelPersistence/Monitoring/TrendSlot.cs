using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>A minute as it is kept: 36 bytes. Durations are in ticks of 100 ns, of which 429 s fit; counts end at four billion.</summary>
internal readonly struct TrendSlot
{
    private readonly int _minute;
    private readonly uint _count;
    private readonly uint _errors;
    private readonly uint _rejected;
    private readonly uint _average;
    private readonly uint _p50;
    private readonly uint _p95;
    private readonly uint _p99;
    private readonly uint _max;

    public TrendSlot(int minute, long[] counts)
    {
        var succeeded = RunCounts.Succeeded(counts);
        _minute = minute;
        _count = Narrow(succeeded + counts[RunCounts.Failed]);
        _errors = Narrow(counts[RunCounts.Failed]);
        _rejected = Narrow(counts[RunCounts.Rejected]);
        if (succeeded > 0)
        {
            _average = Narrow(counts[RunCounts.TotalTicks] / succeeded);
            _p50 = Narrow(RunCounts.Quantile(counts, succeeded, 0.50).Ticks);
            _p95 = Narrow(RunCounts.Quantile(counts, succeeded, 0.95).Ticks);
            _p99 = Narrow(RunCounts.Quantile(counts, succeeded, 0.99).Ticks);
            _max = Narrow(RunCounts.Quantile(counts, succeeded, 1).Ticks);
        }
    }

    /// <summary>Whether any run ended in it.</summary>
    public bool IsEmpty => _count == 0 && _rejected == 0;

    /// <summary>Minutes since the Unix epoch.</summary>
    public int Minute => _minute;

    public TrendMinute Describe()
    {
        var any = _count > _errors;
        return new TrendMinute(DateTimeOffset.UnixEpoch.AddMinutes(_minute), _count, _errors, _rejected, Span(_average), Span(_p50), Span(_p95), Span(_p99), Span(_max));

        TimeSpan? Span(uint ticks) => any ? TimeSpan.FromTicks(ticks) : null;
    }

    private static uint Narrow(long value) => (uint)Math.Clamp(value, 0, uint.MaxValue);
}
