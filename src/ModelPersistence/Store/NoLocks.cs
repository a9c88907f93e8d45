namespace ModelPersistence.Store;

/// <summary>No locks at all.</summary>
internal sealed class NoLocks : ICrossProcessLocks
{
    public static readonly NoLocks Instance = new();

    private NoLocks()
    {
    }

    public ValueTask<HeldLock> AcquireAsync(string path, Func<CancellationToken, ValueTask<bool>> isDone, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new HeldLock(LockOutcome.WithoutLock));
}
