using Microsoft.Win32.SafeHandles;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>
/// Says which versions and artifacts of one writable tree are in use. A mark is a file in <c>.inuse</c> that its users keep open with a
/// shared lock; who wants to delete the thing must first get the lock for itself. The system gives the locks of a dead process back,
/// however it died. The file's modification time is the time of the last use.
/// </summary>
/// <remarks>
/// A mark is taken before the look that decides: what was there under the mark stays there as long as the mark. Where locks do not work
/// (some network mounts), or do not reach from host to host, holders show themselves by refreshing the time. And where nothing helps a
/// deletion is harmless all the same: a folder is renamed away first, and on Unix a mapping outlives the name of its file.
/// </remarks>
internal sealed class UseMarks(StoreFolder folder, TimeProvider time)
{
    /// <summary>How often holders on volumes refresh the time: well within any grace period that makes sense.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromHours(1);

    /// <summary>The length of a version's key.</summary>
    public const int KeyLength = 16;

    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private ITimer? _heartbeat;
    private int _beating;

    /// <summary>Where the marks lie.</summary>
    public string Folder { get; } = Path.Combine(folder.Root, ".inuse");

    /// <summary>The key of a version, whole or on its way: the beginning of its manifest's digest.</summary>
    public static string KeyOf(Sha256Digest manifest) => manifest.Hex[..KeyLength];

    public string PathOf(string key) => Path.Combine(Folder, key);

    /// <summary>Marks a thing as used. Completes at once unless somebody is deleting it in this very moment; then it waits for the end of that.</summary>
    /// <returns>The mark; <see cref="UseMark.None"/> where nothing can be marked, since nothing can be written.</returns>
    public ValueTask<UseMark> TakeAsync(string key, CancellationToken cancellationToken)
    {
        var mark = TryTake(key);
        return mark is not null ? new ValueTask<UseMark>(mark) : WaitAsync(key, cancellationToken);
    }

    /// <summary>When the thing was used last, as far as marks tell; null without a mark.</summary>
    public DateTimeOffset? LastUse(string key) =>
        FileIdentity.TryRead(PathOf(key)) is { Kind: FileKind.Regular } mark ? mark.Modified : null;

    /// <summary>Takes a thing for the one who is going to delete it. Null while somebody uses it, or when that cannot be told.</summary>
    /// <param name="key">The thing.</param>
    /// <param name="create">Whether a missing mark is made, so that nobody can take it meanwhile; without it nothing on disk changes.</param>
    public UseClaim? TryClaim(string key, bool create)
    {
        lock (_gate)
        {
            // Known without any lock, so that this process never deletes what it uses itself.
            if (_held.ContainsKey(key))
            {
                return null;
            }
        }

        return UseClaim.TryOpen(PathOf(key), create);
    }

    internal bool TryShare(string key)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(key, out var held))
            {
                return false;
            }

            held.Holders++;
            return true;
        }
    }

    internal void GiveUp(string key)
    {
        Held? last = null;
        lock (_gate)
        {
            if (_held.TryGetValue(key, out var held) && --held.Holders == 0)
            {
                _held.Remove(key);
                last = held;
                if (_held.Count == 0)
                {
                    _heartbeat?.Dispose();
                    _heartbeat = null;
                }
            }
        }

        if (last is not null)
        {
            // It was in use until now. On a volume that may hang the heartbeat said so already.
            if (!folder.IsNetwork)
            {
                Touch(key);
            }

            last.Handle.Dispose();
        }
    }

    private async ValueTask<UseMark> WaitAsync(string key, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var poll = FirstPoll; time.GetElapsedTime(begun) < GiveUpAfter; poll = poll * 2 < LongestPoll ? poll * 2 : LongestPoll)
        {
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            if (TryTake(key) is { } mark)
            {
                return mark;
            }
        }

        // Whoever deletes stands still. A lock saves work, never correctness: what is there is used.
        return UseMark.None;
    }

    /// <summary>Null while somebody has claimed the thing.</summary>
    private UseMark? TryTake(string key)
    {
        if (TryShare(key))
        {
            return new UseMark(this, key);
        }

        var (handle, isClaimed) = Open(PathOf(key));
        if (handle is null)
        {
            return isClaimed ? null : UseMark.None;
        }

        Touch(key);
        lock (_gate)
        {
            if (_held.TryGetValue(key, out var other))
            {
                other.Holders++;
                handle.Dispose();
            }
            else
            {
                _held.Add(key, new Held(handle));
                if (_heartbeat is null && (folder.IsShared || folder.IsNetwork))
                {
                    _heartbeat = time.CreateTimer(static state => ((UseMarks)state!).Beat(), this, HeartbeatInterval, HeartbeatInterval);
                }
            }
        }

        return new UseMark(this, key);
    }

    private (SafeFileHandle? Handle, bool IsClaimed) Open(string path)
    {
        const int Attempts = 8;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
                if (UseClaim.IsStillNamed(handle, path))
                {
                    return (handle, false);
                }

                // It was deleted between the opening and the locking: nobody would find this lock.
                handle.Dispose();
            }
            catch (DirectoryNotFoundException)
            {
                if (!TryCreateFolder())
                {
                    return (null, false);
                }
            }
            catch (IOException e) when (CrossProcessLocks.IsHeldByAnother(e))
            {
                return (null, true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                return (null, false);
            }
        }

        return (null, false);
    }

    private bool TryCreateFolder()
    {
        try
        {
            // A volume that is not mounted is not made up.
            if (folder.IsShared && !Directory.Exists(folder.Root))
            {
                return false;
            }

            folder.Create(Folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Touch(string key)
    {
        try
        {
            File.SetLastWriteTimeUtc(PathOf(key), time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The mark of another user of the system: its time is kept by whoever may.
        }
    }

    private void Beat()
    {
        if (Interlocked.Exchange(ref _beating, 1) != 0)
        {
            // The volume still hangs in the beat before.
            return;
        }

        string[] keys;
        lock (_gate)
        {
            keys = [.. _held.Keys];
        }

        Array.ForEach(keys, Touch);
        Volatile.Write(ref _beating, 0);
    }

    private sealed class Held(SafeFileHandle handle)
    {
        public SafeFileHandle Handle => handle;

        public int Holders { get; set; } = 1;
    }
}
