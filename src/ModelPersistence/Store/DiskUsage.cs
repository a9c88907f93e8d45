using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>What files take on disk, and when they changed last.</summary>
internal static class DiskUsage
{
    // Also what is hidden; links take nothing and are never followed.
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    /// <summary>The bytes of a file, or of everything in a folder, and the newest change among them. What disappears meanwhile does not count.</summary>
    public static (long Bytes, DateTimeOffset Newest) Of(string path)
    {
        if (FileIdentity.TryRead(path) is not { } identity)
        {
            return (0, default);
        }

        var (bytes, newest) = (identity.Kind == FileKind.Regular ? identity.Allocated : 0, identity.Modified);
        if (identity.Kind != FileKind.Folder)
        {
            return (bytes, newest);
        }

        try
        {
            foreach (var file in Directory.EnumerateFiles(path, "*", Everything))
            {
                if (FileIdentity.TryRead(file) is { Kind: FileKind.Regular } inside)
                {
                    bytes += inside.Allocated;
                    newest = inside.Modified > newest ? inside.Modified : newest;
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            return (bytes, newest);
        }

        return (bytes, newest);
    }
}
