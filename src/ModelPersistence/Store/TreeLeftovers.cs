using System.Buffers;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>What processes that died have left in a tree. How old it must be to be removed is for the caller to say.</summary>
internal sealed class TreeLeftovers(StoreFolder tree, TreeInventory inventory)
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private const string Temporary = "*" + DurableFile.TemporaryEnding;

    /// <summary>Everything but locks and marks.</summary>
    public IEnumerable<StoredThing> Find() =>
    [
        .. FindTrash(),
        .. inventory.Families.SelectMany(static family => family.Things).Where(static thing => thing.Kind == CleanupKind.Download || thing is { Kind: CleanupKind.Artifact, IsOutdated: true }),
        .. Workspaces(),
        .. Publications(),
        .. Temporaries(),
        .. Records(),
        .. Hints(),
    ];

    /// <summary>Locks nobody holds, and the marks of what is gone. Looked for last, when more is gone.</summary>
    public IEnumerable<StoredThing> FindLocks()
    {
        var locks = TreeInventory.Files(Path.Combine(tree.Root, ".locks")).Select(static path => Of(CleanupKind.Lock, path, "nobody holds it") with { Locks = [path] });
        var marked = inventory.Marks.ToHashSet(StringComparer.Ordinal);
        var marks = TreeInventory.Files(tree.Uses.Folder)
            .Where(path => !marked.Contains(Path.GetFileName(path)))
            .Select(static path => Of(CleanupKind.Lock, path, "what it marked is gone") with { Mark = Path.GetFileName(path) });
        return [.. locks, .. marks];
    }

    private static StoredThing Of(CleanupKind kind, string path, string reason)
    {
        var (bytes, newest) = DiskUsage.Of(path);
        return new StoredThing(kind, path, bytes, newest) { Reason = reason };
    }

    /// <summary>What lies in the trash.</summary>
    public IEnumerable<StoredThing> FindTrash() => TreeInventory.Folders(tree.Trash).Select(static path =>
        Of(CleanupKind.Trash, path, "it was taken out of use and not deleted to the end") with
        {
            // Content that gave way to another one may still be mapped. The folder's own time tells when it came here.
            Mark = TreeRemoval.MarkOf(path) is { Length: > 1 } mark ? mark : null,
            LastUse = FileIdentity.TryRead(path)?.Modified ?? default,
        });

    /// <summary>A preparation holds the lock of its key; a removal of the artifact may have been under way.</summary>
    private IEnumerable<StoredThing> Workspaces()
    {
        foreach (var path in TreeInventory.Folders(tree.Prepared).Where(static path => Path.GetFileName(path).StartsWith(TreeInventory.WorkspacePrefix, StringComparison.Ordinal)))
        {
            var key = Path.GetFileName(path)[TreeInventory.WorkspacePrefix.Length..].Split('-')[0];
            yield return Of(CleanupKind.Workspace, path, "a preparation was not finished") with { Locks = [tree.LockPath(key)] };
        }
    }

    private IEnumerable<StoredThing> Publications()
    {
        foreach (var path in TreeInventory.Folders(tree.Partials))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith("deleted-", StringComparison.Ordinal))
            {
                yield return Of(CleanupKind.Trash, path, "a deletion was not finished") with { Mark = TreeInventory.KeyIn(path) };
            }
            else if (name.StartsWith("publish-", StringComparison.Ordinal))
            {
                yield return Of(CleanupKind.Publication, path, "a publication was not finished");
            }
            else if (name.StartsWith("copy-", StringComparison.Ordinal))
            {
                yield return Of(CleanupKind.Publication, path, "a copy was not finished") with
                {
                    Locks = [.. TreeInventory.Files(Path.Combine(path, ".locks")), .. TreeInventory.Files(Path.Combine(path, ".inuse"))],
                };
            }
        }

        foreach (var folder in Models().SelectMany(TreeInventory.Folders).Where(static folder => ModelVersion.TryParse(Path.GetFileName(folder), out _)))
        {
            foreach (var path in TreeInventory.Folders(folder).Where(static path => IsPublicationFolder(Path.GetFileName(path))))
            {
                if (!IsNamedByManifest(folder, Path.GetFileName(path)))
                {
                    var thing = Of(CleanupKind.Publication, path, "a publication was not finished");

                    // It came here by a rename, which the folder above remembers: its manifest may be about to be written.
                    var shown = FileIdentity.TryRead(folder)?.Modified ?? default;
                    yield return thing with { LastUse = shown > thing.LastUse ? shown : thing.LastUse, IsStillThat = () => !IsNamedByManifest(folder, Path.GetFileName(path)) };
                }
            }
        }
    }

    private IEnumerable<StoredThing> Temporaries()
    {
        string[] others = [".verified", ".starts", ".runtimes", ".memory"];
        var files = others.Select(folder => Path.Combine(tree.Root, folder)).Concat([tree.Partials, tree.Described, tree.Refused])
            .SelectMany(static folder => TreeInventory.Files(folder, Temporary))
            .Concat(Models().SelectMany(static model => TreeInventory.Files(model, RepositoryLayout.AliasesName + "." + Temporary)))
            .Concat(Models().SelectMany(static model => TreeInventory.Files(Path.Combine(model, ".aliases"), Temporary)))
            .Concat(Models().SelectMany(TreeInventory.Folders).SelectMany(static version => TreeInventory.Files(version, RepositoryLayout.ManifestName + "." + Temporary)));
        return files.Select(static path => Of(CleanupKind.Temporary, path, "it was being written and never finished"));
    }

    private IEnumerable<StoredThing> Records() =>
        TreeInventory.Files(Path.Combine(tree.Root, ".verified"), "*.verified").Where(IsOrphan).Select(static path => Of(CleanupKind.Record, path, "the files it vouches for are gone"));

    private IEnumerable<StoredThing> Hints() =>
        TreeInventory.Files(Path.Combine(tree.Root, ".starts"))
            .Where(static path => !path.EndsWith(DurableFile.TemporaryEnding, StringComparison.Ordinal) && FirstLines(path, 1) is [var target] && !File.Exists(target))
            .Select(static path => Of(CleanupKind.Hint, path, "it leads to a file that is gone"));

    /// <summary>
    /// A record names what it vouches for in its third line, or its fourth: by a full path, or on a volume by one relative to it. Records of
    /// files outside the tree stay: they may lie on a volume that is away for the moment.
    /// </summary>
    private bool IsOrphan(string record) =>
        FirstLines(record, 4) is [_, _, .. var scope]
        && (tree.IsShared ? Path.Combine(tree.Root, scope[0]) : scope.FirstOrDefault(Path.IsPathFullyQualified)) is { } path
        && path.StartsWith(tree.Root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        && !Path.Exists(path);

    private static string[] FirstLines(string path, int count)
    {
        try
        {
            return [.. File.ReadLines(path).Take(count)];
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            return [];
        }
    }

    private IEnumerable<string> Models() => TreeInventory.Folders(tree.Root).Where(static folder => ModelName.IsValid(Path.GetFileName(folder.AsSpan())));

    private static bool IsPublicationFolder(string name) =>
        name.StartsWith("publish-", StringComparison.Ordinal) && name.Length == "publish-".Length + 12 && !name.AsSpan("publish-".Length).ContainsAnyExcept(Digits);

    /// <summary>Whether a manifest says that files lie there, or cannot be read, so that it might.</summary>
    private static bool IsNamedByManifest(string versionFolder, string folder)
    {
        try
        {
            var path = Path.Combine(versionFolder, RepositoryLayout.ManifestName);
            return File.Exists(path) && System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(path)).Contains(folder, StringComparison.Ordinal);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            return true;
        }
    }
}
