using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>The files somebody wants to publish, found and checked before a byte is copied.</summary>
/// <param name="Folder">The full path of the folder that holds them.</param>
/// <param name="Entry">The ONNX file that is opened, relative to the folder.</param>
/// <param name="Files">All files by their relative path with forward slashes, in ordinal order, as they were when they were found.</param>
internal sealed record PublishSource(string Folder, string Entry, IReadOnlyList<KeyValuePair<string, FileIdentity>> Files)
{
    public IReadOnlyList<string> Paths => [.. Files.Select(static file => file.Key)];

    /// <summary>Finds and checks the files.</summary>
    /// <exception cref="ModelIntegrityException">Something cannot be published.</exception>
    /// <exception cref="ModelStorageException">Something cannot be read.</exception>
    public static PublishSource Read(string path, string model, string? entry)
    {
        try
        {
            return Find(path, model, entry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(model, path, e);
        }
    }

    /// <summary>The files as a manifest describes them.</summary>
    public async Task<IReadOnlyList<ModelFile>> DescribeAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await FileDescriber.DescribeAsync(model, Folder, [.. Files.Select(static file => file.Key)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(model, Folder, e);
        }
    }

    public static ModelStorageException Unreadable(string model, string path, Exception cause) =>
        new("source", $"'{path}', which is to be published as part of model '{model}', could not be read: {cause.Message} Check the path and its permissions.", isTransient: false, cause)
        { Model = model };

    private static PublishSource Find(string path, string model, string? entry)
    {
        var full = Path.GetFullPath(path);
        SortedDictionary<string, FileIdentity> files = new(StringComparer.Ordinal);
        if (Directory.Exists(full))
        {
            Walk(model, full, "", files);
            return new(full, PublishEntry.Find(model, full, files.Keys, entry), [.. files]);
        }

        var folder = Path.GetDirectoryName(full) ?? full;
        var name = Path.GetFileName(full);
        Add(model, full, name, FileIdentity.TryRead(full) ?? throw Refuse(model, name, $"it does not exist ('{full}')"), files);
        foreach (var companion in new[] { name + ".data", name + "_data" })
        {
            if (FileIdentity.TryRead(Path.Join(folder, companion)) is { } identity)
            {
                Add(model, Path.Join(folder, companion), companion, identity, files);
            }
        }

        return new(folder, PublishEntry.Find(model, folder, files.Keys, entry ?? name), [.. files]);
    }

    private static void Walk(string model, string folder, string prefix, SortedDictionary<string, FileIdentity> files)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith('.') || FileIdentity.TryRead(path) is not { } identity)
            {
                continue;
            }

            if (identity.Kind == FileKind.Folder)
            {
                // Checked before going down, which also bounds the depth.
                RequireSafe(model, prefix + name);
                Walk(model, path, $"{prefix}{name}/", files);
            }
            else
            {
                Add(model, path, prefix + name, identity, files);
            }
        }
    }

    private static void Add(string model, string path, string relative, FileIdentity identity, SortedDictionary<string, FileIdentity> files)
    {
        RequireSafe(model, relative);
        switch (identity.Kind)
        {
            case FileKind.SymbolicLink:
                throw Refuse(model, relative, $"it is a symbolic link ('{path}')", "Put the file itself in its place.");
            case not FileKind.Regular:
                throw Refuse(model, relative, $"it is not a regular file ('{path}')", "Take it out of the folder.");
            default:
                break;
        }

        files.Add(relative, identity);
        if (files.Count > ManifestRules.MaxFiles)
        {
            throw Refuse(model, relative, $"there are more than {ManifestRules.MaxFiles} files");
        }
    }

    private static void RequireSafe(string model, string relative)
    {
        if (SafePath.WhyUnsafe(relative) is { } why)
        {
            throw Refuse(model, ModelName.Printable(relative), why, "Rename it.");
        }
    }

    private static ModelIntegrityException Refuse(string model, string file, string why, string remedy = "Correct the path or the file and publish again.") =>
        PublishEntry.Refuse(model, file, why, remedy);
}
