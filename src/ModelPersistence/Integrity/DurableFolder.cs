namespace ModelPersistence.Integrity;

/// <summary>Folders whose existence survives a power loss.</summary>
internal static class DurableFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Creates a folder and all missing levels above it. <paramref name="ownerOnly"/> closes what is created to everybody else.</summary>
    public static void Create(string path, bool ownerOnly = false)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (!string.IsNullOrEmpty(parent))
        {
            Create(parent, ownerOnly);
        }

        if (ownerOnly && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        if (!string.IsNullOrEmpty(parent))
        {
            Flush(parent);
        }
    }

    /// <summary>Flushes a folder's entries, so that a rename into it survives a power loss. Windows does so by itself.</summary>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            NativeFile.FlushFolder(path);
        }
    }

    /// <summary>Renames a finished folder into place. False when somebody else was first; the finished folder is then still there.</summary>
    /// <remarks>The files in it must have been flushed.</remarks>
    public static bool TryPublish(string finished, string path)
    {
        foreach (var folder in Directory.EnumerateDirectories(finished, "*", SearchOption.AllDirectories))
        {
            Flush(folder);
        }

        Flush(finished);
        try
        {
            Directory.Move(finished, path);
        }
        catch (IOException) when (Directory.Exists(path) && Directory.Exists(finished))
        {
            return false;
        }

        Flush(Path.GetDirectoryName(path)!);
        return true;
    }
}
