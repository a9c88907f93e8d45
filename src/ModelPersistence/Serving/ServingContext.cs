using Microsoft.Extensions.Logging;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Serving;

/// <summary>What all served models of a host share.</summary>
internal sealed class ServingContext : IDisposable
{
    // The age of leases and the last use of models are told to a second: reading the clock would cost as much as the lease itself.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly ITimer _ticks;
    private volatile TaskCompletionSource _change = New();
    private volatile bool _isStopping;
    private long _now;
    private readonly Dictionary<string, int> _live = new(StringComparer.Ordinal);

    public ServingContext(TimeProvider clock, ILogger logger, TimeSpan leaseWarningAfter)
    {
        (Clock, Logger, LeaseWarningAfter) = (clock, logger, leaseWarningAfter);
        Feed = new ChangeFeed(clock);
        _now = clock.GetTimestamp();
        _ticks = clock.CreateTimer(_ => OnTick(), null, Tick, Tick);
    }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public TimeSpan LeaseWarningAfter { get; }

    /// <summary>Whether bad versions are taken back at all, whatever a model's own options say.</summary>
    public bool AutomaticRollback { get; init; } = true;

    /// <summary>Whether runs are timed and counted where no listener asks for it: rollback, trends and alerts live on their figures.</summary>
    public bool MeasuresRuns { get; init; } = true;

    /// <summary>The host's instruments.</summary>
    public ModelMetrics Metrics { get; init; } = new();

    /// <summary>What happens, for those who follow it.</summary>
    public ChangeFeed Feed { get; }

    /// <summary>The clock's timestamp, as of a while ago.</summary>
    public long CoarseNow => Volatile.Read(ref _now);

    /// <summary>The memory that models share; null where nobody counts it.</summary>
    public MemoryBudget? Memory { get; init; }

    /// <summary>Whether no model of another name has a session. Spinning threads gain latency for one model and cost it as soon as there are two.</summary>
    public bool IsAlone(string name)
    {
        lock (_live)
        {
            return _live.Count == 0 || (_live.Count == 1 && _live.ContainsKey(name));
        }
    }

    public void ModelBegan(string name)
    {
        lock (_live)
        {
            _live[name] = _live.TryGetValue(name, out var live) ? live + 1 : 1;
        }
    }

    public void ModelEnded(string name)
    {
        lock (_live)
        {
            if (--_live[name] == 0)
            {
                _live.Remove(name);
            }
        }
    }

    /// <summary>Completes at the next change of any model's state. Take it before looking, so that no change is missed.</summary>
    public Task NextChange => _change.Task;

    public void Changed() => Interlocked.Exchange(ref _change, New()).TrySetResult();

    /// <summary>Whether the host is going down, so that what was disposed is no fault.</summary>
    public bool IsStopping => _isStopping;

    public void Stop() => _isStopping = true;

    /// <summary>Whether something failed only because the host is going down. A provider of the user's own may throw the same for reasons of its own.</summary>
    public bool IsShutdown(Exception e) => e is ObjectDisposedException && _isStopping;

    public void Dispose()
    {
        Stop();
        _ticks.Dispose();
    }

    private void OnTick()
    {
        Volatile.Write(ref _now, Clock.GetTimestamp());

        // A model that nobody has used yet becomes idle by the passing of time, which no lease tells of.
        Memory?.NotifyIdle();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
