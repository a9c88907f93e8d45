using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Reads one of a repository's small JSON files in one go, bounded.</summary>
internal static class DocumentFile
{
    private const int StaleFileHandle = 116;

    /// <summary>The bytes, or null when there is no such file.</summary>
    /// <exception cref="ModelIntegrityException">The file is larger than any document may be.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[]? Read(string path, string model)
    {
        // A stat is a thousand times cheaper than the exception that opening a missing file costs, and a miss is ordinary.
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return ReadOnce(path, model);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException e) when (OperatingSystem.IsLinux() && e.HResult == StaleFileHandle)
        {
            // A network file system says so when the file was replaced between the open and the read: the new one is there.
            return ReadOnce(path, model);
        }
    }

    private static byte[] ReadOnce(string path, string model)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length > ManifestRules.MaxDocumentBytes)
        {
            throw new ModelIntegrityException(
                $"'{path}' of model '{model}' is refused: it has {length} bytes and {ManifestRules.MaxDocumentBytes} are allowed. Publish the model again or restore the file.")
            { Model = model, File = Path.GetFileName(path) };
        }

        var bytes = new byte[length];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(read), read) is > 0 and var count)
        {
            read += count;
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }
}
