using Microsoft.Win32.SafeHandles;
using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>
/// Opens only what a version may consist of: regular files, reached through real folders inside the version's own, with one name each.
/// </summary>
internal static class FileGuard
{
    /// <summary>Refuses a file that is missing, a link, not regular or of another size, or whose way through the version's folder leads over a link.</summary>
    public static FileIdentity Check(string model, LocalFile local, bool allowHardLinks, string remedy)
    {
        CheckFoldersBetween(model, local, remedy);
        if (FileIdentity.TryRead(local.FullPath) is not { } identity)
        {
            throw Refuse(model, local, "is missing", remedy);
        }

        if (identity.Kind != FileKind.Regular)
        {
            throw Refuse(model, local, identity.Kind switch
            {
                FileKind.SymbolicLink => "is a symbolic link, which could lead outside the version's folder",
                FileKind.Folder => "is a folder",
                _ => "is not a regular file",
            }, "Put a real copy of the file in its place.");
        }

        if (identity.Links > 1 && !allowHardLinks)
        {
            throw Refuse(model, local, $"has {identity.Links} names (hard links), so it could be changed from outside the version's folder", "Put a real copy of the file in its place.");
        }

        if (identity.Size != local.File.Size)
        {
            throw Refuse(model, local, identity.Size < local.File.Size
                ? $"is truncated: {identity.Size} of {local.File.Size} bytes"
                : $"has {identity.Size} bytes, {identity.Size - local.File.Size} more than the {local.File.Size} it must have", remedy);
        }

        return identity;
    }

    /// <summary>Opens a checked file and makes sure that it is the one that was checked.</summary>
    public static SafeFileHandle Open(string model, LocalFile local, FileIdentity expected)
    {
        var handle = File.OpenHandle(local.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var opened = FileIdentity.Read(handle, local.FullPath);
        if ((opened.Inode, opened.Device, opened.Kind) != (expected.Inode, expected.Device, expected.Kind))
        {
            handle.Dispose();
            throw Refuse(model, local, "was replaced while it was being opened", "Let the writer finish and try again.");
        }

        return handle;
    }

    public static ModelIntegrityException Refuse(string model, LocalFile local, string problem, string remedy) =>
        new($"The file '{local.File.Path}' of model '{model}' {problem} ('{local.FullPath}'). {remedy}") { Model = model, File = local.File.Path };

    private static void CheckFoldersBetween(string model, LocalFile local, string remedy)
    {
        var path = local.FullPath;
        for (var levels = local.File.StoredAt.AsSpan().Count('/'); levels > 0; levels--)
        {
            path = Path.GetDirectoryName(path)!;
            switch (FileIdentity.TryRead(path)?.Kind)
            {
                case null:
                    throw Refuse(model, local, "is missing", remedy);
                case not FileKind.Folder:
                    throw Refuse(model, local, $"lies behind '{path}', which is a link and not a folder", "Put a real folder in its place.");
                default:
                    break;
            }
        }
    }
}
