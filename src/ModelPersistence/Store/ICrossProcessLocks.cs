namespace ModelPersistence.Store;

/// <summary>Locks between processes and hosts. They only save double work: everything stays correct when none of them locks.</summary>
internal interface ICrossProcessLocks
{
    /// <param name="path">The lock file; its folder is created.</param>
    /// <param name="isDone">Whether the work the lock guards has been done by somebody else.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<HeldLock> AcquireAsync(string path, Func<CancellationToken, ValueTask<bool>> isDone, CancellationToken cancellationToken);
}
