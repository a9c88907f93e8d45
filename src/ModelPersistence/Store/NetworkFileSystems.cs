namespace ModelPersistence.Store;

/// <summary>Tells file systems whose bytes lie on another machine.</summary>
internal static class NetworkFileSystems
{
    private static readonly string[] Prefixes = ["nfs", "cifs", "smb", "fuse", "9p", "v9fs", "ceph", "lustre", "afs", "gpfs", "beegfs", "gluster", "webdav", "osxfuse", "macfuse"];

    /// <summary>Whether a path lies on one. Asks the nearest folder that exists; false when it cannot be told.</summary>
    public static bool Contains(string path)
    {
        if (IsMountedFromNetwork(path))
        {
            return true;
        }

        try
        {
            DriveInfo drive = new(NearestExisting(path));
            return drive.DriveType == DriveType.Network || IsNetworkFormat(drive.DriveFormat);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether a path lies in a file system that is kept in memory.</summary>
    public static bool IsInMemory(string path)
    {
        try
        {
            return new DriveInfo(NearestExisting(path)).DriveFormat is "tmpfs" or "ramfs";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks the table of mounts, which answers even when the file system itself does not.</summary>
    private static bool IsMountedFromNetwork(string path)
    {
        const string Mounts = "/proc/self/mounts";
        if (!OperatingSystem.IsLinux() || !File.Exists(Mounts))
        {
            return false;
        }

        var (longest, format) = (0, "");
        foreach (var line in File.ReadAllLines(Mounts))
        {
            // source, mount point, format, options; a space in a mount point is written as \040.
            var fields = line.Split(' ');
            if (fields.Length > 2 && fields[1].Replace("\\040", " ", StringComparison.Ordinal) is var point && point.Length >= longest && Holds(point, path))
            {
                (longest, format) = (point.Length, fields[2]);
            }
        }

        return IsNetworkFormat(format);
    }

    private static bool Holds(string folder, string path) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (folder.EndsWith('/') || path.Length == folder.Length || path[folder.Length] == '/');

    // "fuseblk" is a local disk behind FUSE, as with NTFS.
    public static bool IsNetworkFormat(string format) =>
        format != "fuseblk" && Prefixes.Any(prefix => format.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    public static string NearestExisting(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            path = parent;
        }

        return path;
    }
}
