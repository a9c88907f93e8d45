using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>
/// Small files that say: these files, identified by size, times and number, were hashed and are what their manifest describes. A record
/// is trusted because only we can have written it: it lies in a folder that only its owner can open, or it carries an HMAC of a
/// configured key. It is compared byte for byte with what it would have to say today; anything else (forged, foreign, stale,
/// malformed) is as good as no record.
/// </summary>
internal sealed class VerificationRecords
{
    /// <summary>A file changed less than this before it was hashed could be changed again without a trace, on file systems with coarse clocks.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    private const int MaxRecordLength = 16 << 20;

    private readonly string _folder;
    private readonly byte[]? _key;
    private readonly bool _shared;
    private readonly TimeProvider _time;
    private TimeSpan? _clockOffset;

    private VerificationRecords(string folder, bool shared, byte[]? key, TimeProvider time) =>
        (_folder, _shared, _key, _time) = (folder, shared, key, time);

    /// <summary>Whether records can exist at all: a shared volume needs a key.</summary>
    public bool IsEnabled => !_shared || _key is not null;

    /// <summary>Records in a folder of our own on this host.</summary>
    public static VerificationRecords Private(string folder, TimeProvider time) => new(folder, shared: false, key: null, time);

    /// <summary>Records on a volume that others can write too, authenticated with the key; without one there are none.</summary>
    public static VerificationRecords Shared(string folder, byte[]? key, TimeProvider time) => new(folder, shared: true, key, time);

    /// <summary>Whether a record stands for exactly these files as they are now. One look at each file and one small read.</summary>
    /// <param name="subject">The digest the files were verified against.</param>
    /// <param name="scope">Where they lie: a full path in private records, a path relative to the volume in shared ones.</param>
    /// <param name="files">The files.</param>
    public bool Fits(Sha256Digest subject, string scope, IReadOnlyList<LocalFile> files)
    {
        if (!IsEnabled)
        {
            return false;
        }

        try
        {
            return (_shared || IsOwnerOnly())
                && FileSnapshot.TryTake(files, _time) is { } snapshot
                && snapshot.Identities.All(static identity => identity.Kind == FileKind.Regular)
                && IsStored(RecordPath(subject, scope), Render(subject, scope, snapshot));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes a record for files that were just hashed. The snapshot is the one that was taken before the first byte was read.</summary>
    public RecordOutcome TryWrite(Sha256Digest subject, string scope, FileSnapshot verified)
    {
        if (!IsEnabled)
        {
            return RecordOutcome.Unwritable;
        }

        try
        {
            DurableFolder.Create(_folder, ownerOnly: !_shared);
            if (!_shared && !IsOwnerOnly())
            {
                return RecordOutcome.Unwritable;
            }

            var clock = verified.TakenAt + ClockOffset();
            if (verified.Identities.Any(identity => clock - FromNanoseconds(identity.NewestNs) < FreshFor))
            {
                return RecordOutcome.TooFresh;
            }

            if (!verified.IsCurrent())
            {
                return RecordOutcome.Changed;
            }

            DurableFile.Write(RecordPath(subject, scope), Render(subject, scope, verified));
            return RecordOutcome.Written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return RecordOutcome.Unwritable;
        }
    }

    private static DateTimeOffset FromNanoseconds(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    private static bool IsStored(string path, ReadOnlySpan<byte> expected)
    {
        if (expected.Length > MaxRecordLength || FileIdentity.TryRead(path) is not { Kind: FileKind.Regular } identity || identity.Size != expected.Length)
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(expected.Length);
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var stored = buffer.AsSpan(0, expected.Length);
            for (var read = 0; read < stored.Length;)
            {
                var count = RandomAccess.Read(handle, stored[read..], read);
                if (count == 0)
                {
                    return false;
                }

                read += count;
            }

            return CryptographicOperations.FixedTimeEquals(stored, expected);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The difference between the file system's clock and ours: a file server has a clock of its own.</summary>
    private TimeSpan ClockOffset()
    {
        if (_clockOffset is { } known)
        {
            return known;
        }

        var probe = DurableFile.TemporaryBeside(Path.Combine(_folder, "clock"));
        try
        {
            var ours = _time.GetUtcNow();
            File.WriteAllBytes(probe, []);
            var offset = FromNanoseconds(FileIdentity.TryRead(probe)!.Value.ModifiedNs) - ours;
            _clockOffset = offset;
            return offset;
        }
        finally
        {
            DurableFile.DeleteQuietly(probe);
        }
    }

    private bool IsOwnerOnly() =>
        !OperatingSystem.IsLinux()
            ? OperatingSystem.IsWindows() || (Directory.Exists(_folder) && (File.GetUnixFileMode(_folder) & (UnixFileMode)0x3F) == 0)
            : FileIdentity.TryRead(_folder) is { Kind: FileKind.Folder } folder
                && (folder.Permissions & 0x3F) == 0
                && folder.Owner == NativeFile.EffectiveUser();

    private string RecordPath(Sha256Digest subject, string scope) =>
        Path.Combine(_folder, Sha256Digest.Of(Encoding.UTF8.GetBytes($"{subject.Hex}\n{scope}")).Hex[..40] + ".verified");

    private byte[] Render(Sha256Digest subject, string scope, FileSnapshot snapshot)
    {
        StringBuilder text = new("modelpersistence-verified 1\n", 256);
        text.Append(subject.Hex).Append('\n').Append(scope).Append('\n');
        for (var i = 0; i < snapshot.Identities.Count; i++)
        {
            var identity = snapshot.Identities[i];
            text.Append(identity.Size).Append(' ').Append(identity.ModifiedNs).Append(' ').Append(identity.ChangedNs).Append(' ')
                .Append(identity.Inode).Append(' ').Append(snapshot.Files[i].File.StoredAt).Append('\n');
        }

        text.Append("end\n");
        if (_key is { } key)
        {
            var mac = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString()));
            text.Append(Convert.ToHexStringLower(mac)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
