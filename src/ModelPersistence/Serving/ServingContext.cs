using Microsoft.Extensions.Logging;

namespace ModelPersistence.Serving;

/// <summary>What all served models of a host share.</summary>
internal sealed class ServingContext : IDisposable
{
    // The age of leases and the last use of models are told to a second: reading the clock would cost as much as the lease itself.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly ITimer _ticks;
    private volatile TaskCompletionSource _change = New();
    private long _now;
    private int _liveModels;

    public ServingContext(TimeProvider clock, ILogger logger, TimeSpan leaseWarningAfter)
    {
        (Clock, Logger, LeaseWarningAfter) = (clock, logger, leaseWarningAfter);
        Feed = new ChangeFeed(clock);
        _now = clock.GetTimestamp();
        _ticks = clock.CreateTimer(_ => Volatile.Write(ref _now, clock.GetTimestamp()), null, Tick, Tick);
    }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public TimeSpan LeaseWarningAfter { get; }

    /// <summary>What happens, for those who follow it.</summary>
    public ChangeFeed Feed { get; }

    /// <summary>The clock's timestamp, as of a while ago.</summary>
    public long CoarseNow => Volatile.Read(ref _now);

    /// <summary>How many models have a session that can be leased.</summary>
    public int LiveModels => Volatile.Read(ref _liveModels);

    public void ModelBegan() => Interlocked.Increment(ref _liveModels);

    public void ModelEnded() => Interlocked.Decrement(ref _liveModels);

    /// <summary>Completes at the next change of any model's state. Take it before looking, so that no change is missed.</summary>
    public Task NextChange => _change.Task;

    public void Changed() => Interlocked.Exchange(ref _change, New()).TrySetResult();

    public void Dispose() => _ticks.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
