namespace ModelPersistence.Store;

/// <summary>Tells file systems whose bytes lie on another machine.</summary>
internal static class NetworkFileSystems
{
    private static readonly string[] Prefixes = ["nfs", "cifs", "smb", "fuse", "9p", "v9fs", "ceph", "lustre", "afs", "gpfs", "beegfs", "gluster", "webdav", "osxfuse", "macfuse"];

    /// <summary>Whether a path lies on one. Asks the nearest folder that exists; false when it cannot be told.</summary>
    public static bool Contains(string path)
    {
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
