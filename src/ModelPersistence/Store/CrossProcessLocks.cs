using Microsoft.Win32.SafeHandles;
using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>
/// Locks by an exclusively opened file, which the system releases when its owner dies. An owner that lives but does not move is judged
/// by its heartbeat, seen on one's own monotonic clock.
/// </summary>
internal sealed class CrossProcessLocks(TimeProvider time) : ICrossProcessLocks
{
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(250);

    public async ValueTask<HeldLock> AcquireAsync(string path, Func<CancellationToken, ValueTask<bool>> isDone, CancellationToken cancellationToken)
    {
        var poll = FirstPoll;
        FileIdentity? lastBeat = null;
        var lastBeatAt = time.GetTimestamp();
        while (true)
        {
            var (handle, isSupported) = TryOpen(path);
            if (!isSupported)
            {
                return new HeldLock(LockOutcome.WithoutLock);
            }

            var isFinished = await AskAsync(isDone, handle, cancellationToken).ConfigureAwait(false);
            if (isFinished)
            {
                handle?.Dispose();
                return new HeldLock(LockOutcome.Done);
            }

            if (handle is not null)
            {
                return new HeldLock(handle, time, HeartbeatInterval);
            }

            var beat = LookAt(path);
            if (beat != lastBeat)
            {
                (lastBeat, lastBeatAt) = (beat, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(lastBeatAt) >= HeartbeatTimeout)
            {
                return new HeldLock(LockOutcome.WithoutLock);
            }

            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            poll = poll * 2 < LongestPoll ? poll * 2 : LongestPoll;
        }
    }

    private static async ValueTask<bool> AskAsync(Func<CancellationToken, ValueTask<bool>> isDone, SafeFileHandle? handle, CancellationToken cancellationToken)
    {
        try
        {
            return await isDone(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    private static (SafeFileHandle? Handle, bool IsSupported) TryOpen(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (UseClaim.IsStillNamed(handle, path))
            {
                return (handle, true);
            }

            // Clean-up deleted it between the opening and the locking: nobody else would meet this lock.
            handle.Dispose();
            return (null, true);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return (null, true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return (null, false);
        }
    }

    internal static bool IsHeldByAnother(IOException e)
    {
        const int WouldBlockLinux = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);
        return e.HResult is WouldBlockLinux or WouldBlockMac or SharingViolation;
    }

    private static FileIdentity? LookAt(string path)
    {
        try
        {
            return FileIdentity.TryRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
