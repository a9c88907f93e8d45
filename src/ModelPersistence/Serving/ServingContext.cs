using Microsoft.Extensions.Logging;

namespace ModelPersistence.Serving;

/// <summary>What all served models of a host share.</summary>
internal sealed class ServingContext(TimeProvider clock, ILogger logger, TimeSpan leaseWarningAfter)
{
    private volatile TaskCompletionSource _change = New();

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;

    public TimeSpan LeaseWarningAfter => leaseWarningAfter;

    /// <summary>Completes at the next change of any model's state. Take it before looking, so that no change is missed.</summary>
    public Task NextChange => _change.Task;

    public void Changed() => Interlocked.Exchange(ref _change, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
