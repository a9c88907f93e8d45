using Microsoft.Extensions.Logging;

namespace ModelPersistence.Serving;

/// <summary>What all served models of a host share.</summary>
internal sealed class ServingContext : IDisposable
{
    // The age of leases is told to a sixteenth of the limit: reading the clock would cost as much as the lease itself.
    private const int TicksPerLimit = 16;

    private readonly ITimer _ticks;
    private volatile TaskCompletionSource _change = New();
    private long _now;

    public ServingContext(TimeProvider clock, ILogger logger, TimeSpan leaseWarningAfter)
    {
        (Clock, Logger, LeaseWarningAfter) = (clock, logger, leaseWarningAfter);
        _now = clock.GetTimestamp();
        _ticks = clock.CreateTimer(_ => Volatile.Write(ref _now, clock.GetTimestamp()), null, leaseWarningAfter / TicksPerLimit, leaseWarningAfter / TicksPerLimit);
    }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public TimeSpan LeaseWarningAfter { get; }

    /// <summary>The clock's timestamp, as of a while ago.</summary>
    public long CoarseNow => Volatile.Read(ref _now);

    /// <summary>Completes at the next change of any model's state. Take it before looking, so that no change is missed.</summary>
    public Task NextChange => _change.Task;

    public void Changed() => Interlocked.Exchange(ref _change, New()).TrySetResult();

    public void Dispose() => _ticks.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
