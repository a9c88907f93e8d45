namespace ModelPersistence.Transfer;

/// <summary>Ends a call that waits for too long. One for each stream, armed anew before each read.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;

    public StallGuard(TimeSpan first, TimeProvider time, CancellationToken cancellationToken)
    {
        _source = new CancellationTokenSource(first, time);
        _outer = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Counts from now.</summary>
    public void Arm(TimeSpan limit) => _source.CancelAfter(limit);

    /// <summary>Stops counting, while something else is waited for.</summary>
    public void Disarm() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
