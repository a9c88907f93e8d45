using ModelPersistence.Runtime;
using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>
/// One session with its reference count. The count starts at one, held by the publisher. It never revives from zero: whoever fails to
/// acquire reads the current slot again. The last release disposes session, buffers and mapping on a background thread.
/// </summary>
internal sealed class ModelSlot(ServedModel model, OpenedSession opened, SessionTier tier)
{
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count = 1;
    private int _withdrawn;

    public ServedModel Model => model;

    public OpenedSession Opened => opened;

    public SessionTier Tier => tier;

    /// <summary>Completes when nothing of the session is left.</summary>
    public Task Disposed => _disposed.Task;

    /// <summary>Whether somebody besides the publisher holds it.</summary>
    public bool IsLeased => Volatile.Read(ref _count) > 1;

    public bool TryAcquire()
    {
        var count = Volatile.Read(ref _count);
        while (count > 0)
        {
            var seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static slot => slot.Dispose(), this, preferLocal: false);
        }
    }

    /// <summary>Gives back the publisher's own count, once.</summary>
    public void Withdraw()
    {
        if (Interlocked.Exchange(ref _withdrawn, 1) == 0)
        {
            Release();
        }
    }

    private void Dispose()
    {
        try
        {
            opened.Dispose();

            // What a session frees stays in the process's heap otherwise: hundreds of megabytes after a plain one.
            NativeHeap.Trim();
        }
        catch (Exception e)
        {
            // Nobody waits for this thread's work: a fault of the native side must not end the process.
            ServingLog.DisposalFailed(model.Logger, e, model.DisplayName);
        }

        _disposed.SetResult();
    }
}
