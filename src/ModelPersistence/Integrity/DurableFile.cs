using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Integrity;

/// <summary>Files that appear whole or not at all: written beside their place, flushed, then renamed, then the folder is flushed.</summary>
internal static class DurableFile
{
    /// <summary>The ending of files that are not finished; what is left over with it may be deleted.</summary>
    public const string TemporaryEnding = ".tmp";

    /// <summary>Writes a small file. Without <paramref name="overwrite"/> an <see cref="IOException"/> tells that it exists already.</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken, bool overwrite = true)
    {
        var temporary = TemporaryBeside(path);
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            {
                await RandomAccess.WriteAsync(handle, content, 0, cancellationToken).ConfigureAwait(false);
                RandomAccess.FlushToDisk(handle);
            }

            Move(temporary, path, overwrite);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    /// <summary>The same for a caller that has no use for waiting: a few hundred bytes.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, bool overwrite = true)
    {
        var temporary = TemporaryBeside(path);
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            {
                RandomAccess.Write(handle, content, 0);
                RandomAccess.FlushToDisk(handle);
            }

            Move(temporary, path, overwrite);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    /// <summary>Flushes a file's content to disk.</summary>
    public static void Flush(SafeFileHandle handle) => RandomAccess.FlushToDisk(handle);

    /// <summary>Flushes files that somebody has written, and the folders that name them up to a root.</summary>
    public static void FlushTree(IEnumerable<string> files, string root)
    {
        HashSet<string> folders = new(StringComparer.Ordinal);
        foreach (var file in files)
        {
            // Windows flushes only what could be written.
            var access = OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read;
            using (var handle = File.OpenHandle(file, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete))
            {
                Flush(handle);
            }

            for (var folder = Path.GetDirectoryName(file); folder is not null && folder.Length >= root.Length && folders.Add(folder);)
            {
                folder = Path.GetDirectoryName(folder);
            }
        }

        foreach (var folder in folders.OrderByDescending(static folder => folder.Length))
        {
            DurableFolder.Flush(folder);
        }
    }

    /// <summary>Renames a flushed file into place and flushes the folder.</summary>
    public static void Move(string from, string to, bool overwrite = true)
    {
        File.Move(from, to, overwrite);
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    public static string TemporaryBeside(string path) => $"{path}.{Path.GetRandomFileName()}{TemporaryEnding}";

    public static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A left-over is harmless; the error that led here is the one to tell.
        }
    }
}
