using ModelPersistence.Configuration;

namespace ModelPersistence.Serving;

/// <summary>
/// Watches the runs of a version that has just begun to serve, and says once when it should be taken back. A run that is well costs a look at a
/// field; only errors and slow runs are weighed.
/// </summary>
internal sealed class RollbackWatch
{
    private readonly RunStatistics _statistics;
    private readonly RollbackOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<string> _tripped;
    private readonly long _begun;
    private readonly long _succeededBefore;
    private readonly long _errorsBefore;
    private volatile LatencyWatch? _latency;
    private int _over;

    /// <param name="statistics">What counts the version's runs; a run is recorded there before it is observed here.</param>
    /// <param name="options">What the version may do.</param>
    /// <param name="clock">The clock of the window, which begins now.</param>
    /// <param name="tripped">Called at most once, with the reason, on the thread of the run that was too many: it must neither block nor throw.</param>
    public RollbackWatch(RunStatistics statistics, RollbackOptions options, TimeProvider clock, Action<string> tripped)
    {
        (_statistics, _options, _clock, _tripped) = (statistics, options, clock, tripped);
        (_begun, _succeededBefore, _errorsBefore) = (clock.GetTimestamp(), statistics.Succeeded, statistics.Errors);
        _over = options.Enabled ? 0 : 1;
    }

    /// <summary>Whether nothing is watched any more: the reason was told, or the window has passed.</summary>
    public bool IsOver => Volatile.Read(ref _over) != 0 || (IsPast(_begun) && (_options.MaxP95 is null || _latency is not { } latency || IsPast(latency.Begun)));

    /// <summary>The last tier serves from now on: what is slow counts, for a window of its own.</summary>
    public void JudgeLatency()
    {
        if (_options.MaxP95 is { } limit && _latency is null)
        {
            _latency = new LatencyWatch(limit, _clock.GetTimestamp(), _statistics.Succeeded);
        }
    }

    public void Observe(TimeSpan elapsed, RunOutcome outcome)
    {
        var latency = _latency;
        var isSlow = outcome == RunOutcome.Succeeded && latency is not null && elapsed > latency.Limit;
        if ((isSlow || outcome == RunOutcome.Failed) && Volatile.Read(ref _over) == 0)
        {
            Weigh(isSlow ? latency : null);
        }
    }

    private void Weigh(LatencyWatch? slow)
    {
        // What is counted is what was recorded, which is at least all that was observed: a run that is between the two is seen by its own look.
        string? reason = null;
        if (slow is not null)
        {
            var count = Interlocked.Increment(ref slow.Slow);
            reason = IsPast(slow.Begun) ? null : RollbackRule.WhyTooSlow(_statistics.Succeeded - slow.SucceededBefore, count, _options);
        }
        else if (!IsPast(_begun))
        {
            var errors = _statistics.Errors - _errorsBefore;
            reason = RollbackRule.WhyTooManyErrors(_statistics.Succeeded - _succeededBefore + errors, errors, _options);
        }

        if (reason is not null && Interlocked.Exchange(ref _over, 1) == 0)
        {
            _tripped(reason);
        }
    }

    private bool IsPast(long begun) => _clock.GetElapsedTime(begun) >= _options.Window;

    private sealed class LatencyWatch(TimeSpan limit, long begun, long succeededBefore)
    {
        public long Slow;

        public TimeSpan Limit => limit;

        public long Begun => begun;

        public long SucceededBefore => succeededBefore;
    }
}
