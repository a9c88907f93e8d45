using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Store;

/// <summary>The end of a wait for a lock; holds it, if it was got, until it is disposed or the process dies.</summary>
internal sealed class HeldLock : IAsyncDisposable
{
    private const int LongestBeat = 4096;

    private readonly SafeFileHandle? _handle;
    private readonly ITimer? _heartbeat;
    private long _beats;

    public HeldLock(LockOutcome outcome) => Outcome = outcome;

    public HeldLock(SafeFileHandle handle, TimeProvider time, TimeSpan interval)
    {
        (Outcome, _handle) = (LockOutcome.Held, handle);
        Beat();
        _heartbeat = time.CreateTimer(static state => ((HeldLock)state!).Beat(), this, interval, interval);
    }

    public LockOutcome Outcome { get; }

    public async ValueTask DisposeAsync()
    {
        if (_heartbeat is not null)
        {
            await _heartbeat.DisposeAsync().ConfigureAwait(false);
        }

        _handle?.Dispose();
    }

    /// <summary>
    /// The length of the file is the heartbeat: everybody can see it without opening the file, and no clock of any host or server is
    /// in it.
    /// </summary>
    private void Beat()
    {
        try
        {
            RandomAccess.SetLength(_handle!, 1 + (Interlocked.Increment(ref _beats) % LongestBeat));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // A missed beat at worst makes somebody else do the same work.
        }
    }
}
