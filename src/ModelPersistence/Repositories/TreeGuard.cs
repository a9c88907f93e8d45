using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// Keeps what manifests name inside the tree: below the root no level may be a symbolic link (a reparse point on Windows), and the last
/// must be a file. The root itself may be a link: whoever configures it means what it points to.
/// </summary>
internal static class TreeGuard
{
    /// <summary>The file's state, which may be that it is missing.</summary>
    /// <param name="root">The tree's folder.</param>
    /// <param name="path">A path below it, made by <see cref="RepositoryLayout"/>.</param>
    /// <param name="model">The model, for the message.</param>
    /// <exception cref="ModelIntegrityException">A level is a link, or the last is a folder.</exception>
    public static FileInfo Check(string root, string path, string model)
    {
        for (var end = path.IndexOf(Path.DirectorySeparatorChar, root.Length + 1); end > 0; end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            RefuseLink(new DirectoryInfo(path[..end]), path, model);
        }

        FileInfo file = new(path);
        RefuseLink(file, path, model);
        return Exists(file) && file.Attributes.HasFlag(FileAttributes.Directory)
            ? throw Refuse(path, model, "it is a folder where a file is expected")
            : file;
    }

    private static void RefuseLink(FileSystemInfo info, string path, string model)
    {
        if (Exists(info) && info.Attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            throw Refuse(path, model, $"'{info.FullName}' is a symbolic link, and links are not followed below a repository's folder");
        }
    }

    // The attributes of what does not exist read as -1, which has every flag.
    private static bool Exists(FileSystemInfo info) => (int)info.Attributes != -1;

    private static ModelIntegrityException Refuse(string path, string model, string why) =>
        new($"The file '{path}' of model '{model}' is refused: {why}. Put the file itself there.") { Model = model, File = Path.GetFileName(path) };
}
