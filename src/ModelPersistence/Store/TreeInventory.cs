using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>What a tree holds: its versions, artifacts and partial files, as families.</summary>
internal sealed class TreeInventory
{
    /// <summary>How the folders of <c>.prepared</c> begin that are no artifacts.</summary>
    public const string WorkspacePrefix = ".tmp-";

    private readonly Dictionary<string, StoredFamily> _families = new(StringComparer.Ordinal);
    private readonly StoreFolder _tree;

    private TreeInventory(StoreFolder tree) => _tree = tree;

    public IReadOnlyCollection<StoredFamily> Families => _families.Values;

    /// <summary>The keys of the marks that stand for something.</summary>
    public IEnumerable<string> Marks => _families.Values.SelectMany(static family => family.Things).Select(static thing => thing.Mark).OfType<string>();

    public static TreeInventory Read(StoreFolder tree, IArtifactCatalog? catalog)
    {
        TreeInventory inventory = new(tree);
        foreach (var model in Folders(tree.Root).Where(static folder => ModelName.IsValid(Path.GetFileName(folder.AsSpan()))))
        {
            inventory.AddVersions(model);
        }

        inventory.AddPartials();
        foreach (var folder in Folders(tree.Prepared).Where(static folder => !Path.GetFileName(folder).StartsWith('.')))
        {
            inventory.AddArtifact(folder, catalog?.Describe(folder));
        }

        return inventory;
    }

    public static IEnumerable<string> Folders(string path) => Directory.Exists(path) ? Directory.EnumerateDirectories(path) : [];

    public static IEnumerable<string> Files(string path, string pattern = "*") => Directory.Exists(path) ? Directory.EnumerateFiles(path, pattern) : [];

    /// <summary>The key of the version whose manifest lies in a folder; null without one.</summary>
    public static string? KeyIn(string folder)
    {
        var path = Path.Combine(folder, RepositoryLayout.ManifestName);
        return FileIdentity.TryRead(path) is { Kind: FileKind.Regular, Size: <= ManifestRules.MaxDocumentBytes }
            ? UseMarks.KeyOf(Sha256Digest.Of(File.ReadAllBytes(path)))
            : null;
    }

    private void AddVersions(string modelFolder)
    {
        var model = Path.GetFileName(modelFolder);
        HashSet<ModelVersion>? named = null;
        var allNamed = _tree.IsShared && !TryReadNamed(model, out named);
        foreach (var folder in Folders(modelFolder))
        {
            if (!ModelVersion.TryParse(Path.GetFileName(folder), out var version))
            {
                continue;
            }

            var (bytes, newest) = DiskUsage.Of(folder);
            var fetchLock = _tree.LockPath($"{model}@{version}");
            if (KeyIn(folder) is { } key)
            {
                var manifest = FileIdentity.TryRead(Path.Combine(folder, RepositoryLayout.ManifestName))?.Modified ?? newest;
                var family = Family(key);
                family.IsNamed |= allNamed || named?.Contains(version) == true;
                family.Things.Add(new StoredThing(CleanupKind.Version, folder, bytes, Latest(manifest, key))
                {
                    Mark = key,
                    Locks = [fetchLock],

                    // Another content could have taken the version's place meanwhile.
                    IsStillThat = () => KeyIn(folder) == key,
                });
            }
            else if (!_tree.IsShared)
            {
                // On a volume these may be files that somebody put there by hand; in a cache nobody but a download did.
                Family($"{model}@{version}").Things.Add(new StoredThing(CleanupKind.Download, folder, bytes, newest)
                {
                    Locks = [fetchLock],
                    IsStillThat = () => KeyIn(folder) is null,
                    Reason = "a download was not finished",
                });
            }
        }
    }

    private void AddPartials()
    {
        foreach (var file in Files(_tree.Partials, "*.part"))
        {
            // <digest of the file>.<key of the version>.<place>.part
            if (Path.GetFileName(file).Split('.') is [_, var key, _, _])
            {
                var (bytes, newest) = DiskUsage.Of(file);
                Family(key).Things.Add(new StoredThing(CleanupKind.Download, file, bytes, Latest(newest, key)) { Mark = key, Reason = "a download was not finished" });
            }
        }
    }

    private void AddArtifact(string folder, ArtifactFacts? facts)
    {
        var key = Path.GetFileName(folder);
        var (bytes, newest) = DiskUsage.Of(folder);
        Family(facts?.ModelKey ?? key).Things.Add(new StoredThing(CleanupKind.Artifact, folder, bytes, Latest(newest, key))
        {
            Mark = key,
            IsOutdated = facts is not { IsOfThisProcess: true },
            Reason = "it was made by another runtime, for another processor or by another version of this library",
        });
    }

    /// <summary>The versions that aliases of the tree name. False when they cannot be read: then every version may be one.</summary>
    private bool TryReadNamed(string model, out HashSet<ModelVersion>? named)
    {
        named = null;
        try
        {
            named = DocumentFile.Read(_tree.AliasesPath(model), model) is { } json
                ? [.. DocumentReader.ReadAliases(model, json).Aliases.Values.SelectMany(static target => target.Versions).Select(static version => version.Version)]
                : [];
            return true;
        }
        catch (Exception e) when (e is ModelIntegrityException || StoreFailure.IsOfFileSystem(e))
        {
            return false;
        }
    }

    private StoredFamily Family(string key)
    {
        if (!_families.TryGetValue(key, out var family))
        {
            _families.Add(key, family = new StoredFamily());
        }

        return family;
    }

    private DateTimeOffset Latest(DateTimeOffset changed, string mark) => _tree.Uses.LastUse(mark) is { } used && used > changed ? used : changed;
}
