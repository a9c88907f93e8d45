namespace ModelPersistence.Serving.Harness;

/// <summary>
/// Durations in classes that are 2% wide. Its size is fixed, so that what is measured does not make the process grow. For one thread, or
/// for many that have ended.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double Width = 1.02;
    private const double Least = 1e-6;

    // From a microsecond to more than a hundred seconds.
    private readonly long[] _counts = new long[940];

    public long Count { get; private set; }

    public double MaxMilliseconds { get; private set; }

    public void Add(TimeSpan duration)
    {
        var seconds = duration.TotalSeconds;
        var index = seconds <= Least ? 0 : (int)(Math.Log(seconds / Least) / Math.Log(Width));
        _counts[Math.Min(index, _counts.Length - 1)]++;
        Count++;
        MaxMilliseconds = Math.Max(MaxMilliseconds, duration.TotalMilliseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        MaxMilliseconds = Math.Max(MaxMilliseconds, other.MaxMilliseconds);
    }

    /// <summary>The upper end of the class that holds the percentile, in milliseconds; 0 when there is nothing.</summary>
    public double Percentile(double share)
    {
        var left = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                return Math.Pow(Width, i + 1) * Least * 1000;
            }
        }

        return 0;
    }

    public static LatencyHistogram Of(IEnumerable<LatencyHistogram> parts)
    {
        LatencyHistogram all = new();
        foreach (var part in parts)
        {
            all.Add(part);
        }

        return all;
    }
}
