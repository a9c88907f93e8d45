using Microsoft.Win32.SafeHandles;
using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>The exclusive lock of one who deletes: while it is held nobody can take the mark, or the lock, whose file this is.</summary>
internal sealed class UseClaim : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly string _path;
    private readonly bool _isOwn;

    private UseClaim(SafeFileHandle? handle, string path, bool isOwn) => (_handle, _path, _isOwn) = (handle, path, isOwn);

    /// <summary>Null when somebody holds the file, or when it cannot be told.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Whether it is made where it is missing; else there is nothing to hold then, and nobody who holds it.</param>
    public static UseClaim? TryOpen(string path, bool create)
    {
        try
        {
            if (create)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            }

            var existed = File.Exists(path);
            var handle = File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (IsStillNamed(handle, path))
            {
                if (!existed)
                {
                    MakeOld(path);
                }

                return new UseClaim(handle, path, isOwn: !existed);
            }

            handle.Dispose();
            return null;
        }
        catch (Exception e) when (!create && e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new UseClaim(null, path, isOwn: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Not to be taken for a use, should this process die right now.</summary>
    private static void MakeOld(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it looks as if it had been used just now, and what it marks stays a while longer.
            return;
        }
    }

    /// <summary>Whether the name still leads to the open file. Where files have no numbers an open one cannot be deleted.</summary>
    public static bool IsStillNamed(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var mine = FileIdentity.Read(handle, path);
        return FileIdentity.TryRead(path) is { } there && (there.Inode, there.Device) == (mine.Inode, mine.Device);
    }

    /// <summary>Deletes the file, then lets go: who opened it before finds out that its name is gone and opens anew.</summary>
    public void DeleteFile()
    {
        if (_handle is null or { IsClosed: true })
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            // There an open file keeps its name; and one that somebody opened meanwhile is not deleted.
            _handle.Dispose();
        }

        DurableFile.DeleteQuietly(_path);
        _handle.Dispose();
    }

    public void Dispose()
    {
        if (_isOwn)
        {
            DeleteFile();
        }

        _handle?.Dispose();
    }
}
