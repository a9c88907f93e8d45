using ModelPersistence.Runtime;
using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>
/// One session with its reference count. The publisher's own count is a bit of its own, so that it is given back once, and can be taken
/// back in one step with the look whether anybody else has one. The number never revives from zero: whoever fails to acquire reads the
/// current slot again. The last release disposes session, buffers and mapping on a background thread.
/// </summary>
internal sealed class ModelSlot(ServedModel model, OpenedSession opened, SessionTier tier)
{
    private const int Published = 1 << 30;

    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count = Published;

    public ServedModel Model => model;

    public OpenedSession Opened => opened;

    public SessionTier Tier => tier;

    /// <summary>Completes when nothing of the session is left.</summary>
    public Task Disposed => _disposed.Task;

    /// <summary>Whether somebody besides the publisher holds it.</summary>
    public bool IsLeased => (Volatile.Read(ref _count) & ~Published) != 0;

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
            DisposeLater();
        }
    }

    /// <summary>Gives back the publisher's own count, once.</summary>
    public void Withdraw()
    {
        var count = Volatile.Read(ref _count);
        while ((count & Published) != 0)
        {
            var seen = Interlocked.CompareExchange(ref _count, count & ~Published, count);
            if (seen == count)
            {
                if (count == Published)
                {
                    DisposeLater();
                }

                return;
            }

            count = seen;
        }
    }

    /// <summary>Gives back the publisher's own count if nobody else has one, so that the session is certain to end now.</summary>
    public bool TryWithdrawUnleased()
    {
        if (Interlocked.CompareExchange(ref _count, 0, Published) != Published)
        {
            return false;
        }

        DisposeLater();
        return true;
    }

    private void DisposeLater() => ThreadPool.UnsafeQueueUserWorkItem(static slot => slot.Dispose(), this, preferLocal: false);

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
