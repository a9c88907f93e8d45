namespace ModelPersistence.Monitoring;

/// <summary>What was counted within the last minutes: sums that only grow, remembered every few seconds. Its owner holds the lock.</summary>
internal sealed class RateWindow(TimeProvider clock, TimeSpan window)
{
    private static readonly TimeSpan LeastStep = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, RateCounts Sum)> _earlier = new();
    private RateCounts _sum;
    private long _last;

    public void Add(RateCounts counts) => _sum += counts;

    /// <summary>What was added within the window before now, give or take the distance of two looks.</summary>
    public RateCounts Look()
    {
        var now = clock.GetTimestamp();
        if (_earlier.Count == 0)
        {
            // What was there before the first look is part of the first window.
            Remember(now, default);
        }
        else if (clock.GetElapsedTime(_last, now) >= LeastStep)
        {
            Remember(now, _sum);
        }

        while (_earlier.Count > 1 && clock.GetElapsedTime(_earlier.Peek().At, now) > window)
        {
            _earlier.Dequeue();
        }

        return _sum - _earlier.Peek().Sum;
    }

    private void Remember(long now, RateCounts sum)
    {
        _last = now;
        _earlier.Enqueue((now, sum));
    }
}
