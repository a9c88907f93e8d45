using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Integrity;

/// <summary>
/// What tells a file from any other and from its own past. On Linux one <c>statx</c> call that does not follow links; elsewhere size
/// and modification time, the other fields zero.
/// </summary>
/// <param name="Kind">What the path is.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="ModifiedNs">The last change of the content, in nanoseconds since 1970.</param>
/// <param name="ChangedNs">The last change of content or attributes, in nanoseconds since 1970; a writer cannot set it back.</param>
/// <param name="Inode">The file's number in its file system.</param>
/// <param name="Device">The file system. It may differ after a remount, so no record holds it.</param>
/// <param name="Links">How many names the file has; 1 where it is unknown.</param>
/// <param name="Owner">The owner's user id.</param>
/// <param name="Permissions">The permission bits.</param>
internal readonly record struct FileIdentity(
    FileKind Kind, long Size, long ModifiedNs, long ChangedNs, ulong Inode, ulong Device, uint Links, uint Owner, int Permissions)
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int NotFound = 2;
    private const int NotAFolder = 20;

    /// <summary>The newest moment the file system vouches for: where there is a change time it cannot be forged, unlike the modification time.</summary>
    public long NewestNs => ChangedNs != 0 ? ChangedNs : ModifiedNs;

    /// <summary>The bytes it takes on disk, less than its size where it has holes; the size where that is unknown. No part of the identity.</summary>
    public long Allocated { get; private init; } = Size;

    /// <summary>The last change of the content.</summary>
    public DateTimeOffset Modified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNs / TimeSpan.NanosecondsPerTick);

    /// <summary>Field by field: comparers of enumerations are compiled at run time, on the way of a start.</summary>
    public bool Equals(FileIdentity other) =>
        Kind == other.Kind
        && Size == other.Size
        && ModifiedNs == other.ModifiedNs
        && ChangedNs == other.ChangedNs
        && Inode == other.Inode
        && Device == other.Device
        && Links == other.Links
        && Owner == other.Owner
        && Permissions == other.Permissions;

    public override int GetHashCode() => HashCode.Combine(Size, ModifiedNs, Inode, Device);

    /// <summary>The identity of a path, links not followed; null when there is nothing.</summary>
    /// <exception cref="IOException">The path could not be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    public static FileIdentity? TryRead(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return ReadPortable(path);
        }

        if (Statx(CurrentFolder, path, NoFollow, out var identity) == 0)
        {
            return identity;
        }

        return Marshal.GetLastPInvokeError() is NotFound or NotAFolder ? null : throw NativeFile.Failure(path, "look at");
    }

    /// <summary>The identity of an open file.</summary>
    public static FileIdentity Read(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return ReadPortable(path) ?? throw new FileNotFoundException($"'{path}' disappeared.", path);
        }

        var added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            return Statx((int)handle.DangerousGetHandle(), "", EmptyPath, out var identity) == 0
                ? identity
                : throw NativeFile.Failure(path, "look at");
        }
        finally
        {
            if (added)
            {
                handle.DangerousRelease();
            }
        }
    }

    private static unsafe int Statx(int folder, string path, int flags, out FileIdentity identity)
    {
        // The kernel's struct statx: 256 bytes whose layout is part of its ABI on every architecture.
        Span<byte> buffer = stackalloc byte[256];
        int result;
        fixed (byte* start = buffer)
        {
            result = NativeFile.Statx(folder, path, flags, BasicStats, start);
        }

        identity = result == 0 ? Decode(buffer) : default;
        return result;
    }

    private static FileIdentity Decode(ReadOnlySpan<byte> statx)
    {
        var mode = MemoryMarshal.Read<ushort>(statx[28..]);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.SymbolicLink,
            _ => FileKind.Special,
        };
        return new FileIdentity(
            kind,
            Size: MemoryMarshal.Read<long>(statx[40..]),
            ModifiedNs: Nanoseconds(statx[112..]),
            ChangedNs: Nanoseconds(statx[96..]),
            Inode: MemoryMarshal.Read<ulong>(statx[32..]),
            Device: ((ulong)MemoryMarshal.Read<uint>(statx[136..]) << 32) | MemoryMarshal.Read<uint>(statx[140..]),
            Links: MemoryMarshal.Read<uint>(statx[16..]),
            Owner: MemoryMarshal.Read<uint>(statx[20..]),
            Permissions: mode & 0xFFF)
        {
            Allocated = MemoryMarshal.Read<long>(statx[48..]) * 512,
        };
    }

    private static long Nanoseconds(ReadOnlySpan<byte> timestamp) =>
        unchecked((MemoryMarshal.Read<long>(timestamp) * 1_000_000_000) + MemoryMarshal.Read<uint>(timestamp[8..]));

    private static FileIdentity? ReadPortable(string path)
    {
        FileInfo info = new(path);
        if (info.LinkTarget is not null)
        {
            return new FileIdentity(FileKind.SymbolicLink, 0, 0, 0, 0, 0, 1, 0, 0);
        }

        if (info.Exists)
        {
            var modified = (info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            return new FileIdentity(FileKind.Regular, info.Length, modified, 0, 0, 0, 1, 0, 0);
        }

        return Directory.Exists(path) ? new FileIdentity(FileKind.Folder, 0, 0, 0, 0, 0, 1, 0, 0) : null;
    }
}
