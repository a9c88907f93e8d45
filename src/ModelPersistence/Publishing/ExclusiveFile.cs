using System.Runtime.InteropServices;
using ModelPersistence.Integrity;

namespace ModelPersistence.Publishing;

/// <summary>
/// Creates a file that appears whole and never in the place of another: of any number of writers, in any process, one succeeds.
/// </summary>
internal static partial class ExclusiveFile
{
    private const int FileExists = 17;

    /// <summary>False when there is such a file already.</summary>
    /// <remarks>
    /// Blocks. <see cref="File.Move(string, string, bool)"/> without overwriting is exclusive on Windows only: elsewhere it looks first
    /// and renames then, and two writers can both succeed. A hard link is created by one of them or not at all. On a file system that has
    /// no hard links the file is created exclusively and then written, so that a crash in between can leave it torn.
    /// </remarks>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var temporary = DurableFile.TemporaryBeside(path);
        try
        {
            Write(temporary, content);
            if (!(OperatingSystem.IsWindows() ? TryMove(temporary, path) : TryLink(temporary, path) ?? TryWrite(path, content)))
            {
                return false;
            }
        }
        finally
        {
            DurableFile.DeleteQuietly(temporary);
        }

        DurableFolder.Flush(Path.GetDirectoryName(path)!);
        return true;
    }

    private static bool TryMove(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    /// <summary>Null where the file system has no hard links.</summary>
    private static bool? TryLink(string temporary, string path)
    {
        if (Link(temporary, path) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();

        // The answer of a network file system can get lost: the repeated request then fails although the first one succeeded.
        return FileIdentity.TryRead(temporary)?.Links > 1 ? true : error == FileExists ? false : null;
    }

    private static bool TryWrite(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            Write(path, content);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(handle, content, 0);
        RandomAccess.FlushToDisk(handle);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);
}
