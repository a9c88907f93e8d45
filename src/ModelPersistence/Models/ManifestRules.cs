namespace ModelPersistence.Models;

/// <summary>What every manifest must satisfy before anything in it is used. Each bound is far above any honest model.</summary>
internal static class ManifestRules
{
    public const int MaxDocumentBytes = 64 << 20;
    public const long MaxFileBytes = 1L << 42;
    public const int MaxFiles = 10_000;
    public const int MaxChunkBytes = 16 << 20;

    private static readonly HashSet<string> Reserved =
        new(StringComparer.OrdinalIgnoreCase) { "manifest.json", "aliases.json", "model.sig" };

    public static void Check(ModelManifest manifest)
    {
        Require(manifest.FormatVersion == ModelManifest.CurrentFormatVersion, manifest,
            $"its format version is {manifest.FormatVersion} and this library reads {ModelManifest.CurrentFormatVersion}; update the ModelPersistence package");
        Require(ModelName.IsValid(manifest.Name), manifest, "its name is not a valid model name");
        Require(manifest.Files is { Count: > 0 and <= MaxFiles }, manifest, $"it lists {manifest.Files?.Count ?? 0} files (1 to {MaxFiles} are allowed)");

        HashSet<string> paths = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> places = new(StringComparer.OrdinalIgnoreCase);
        long total = 0;
        foreach (var file in manifest.Files!)
        {
            CheckFile(manifest, file);
            Require(paths.Add(file.Path), manifest, $"the path '{file.Path}' stands twice, or collides with another when case is ignored");
            Require(places.Add(file.StoredAt), manifest, $"the location '{file.StoredAt}' stands twice, or collides with another when case is ignored");
            total += file.Size;
            Require(total <= MaxFileBytes, manifest, $"its files add up to more than {MaxFileBytes} bytes");
        }

        RequireNoFolders(manifest, paths);
        RequireNoFolders(manifest, places);
        Require(manifest.Files.Any(file => file.Path == manifest.Entry), manifest, $"its entry '{ModelName.Printable(manifest.Entry)}' is not one of its files");
        var why = ManifestDescriptionRules.WhyMalformed(manifest);
        Require(why is null, manifest, why!);
    }

    private static void RequireNoFolders(ModelManifest manifest, HashSet<string> files)
    {
        foreach (var path in files)
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                Require(!files.Contains(path[..slash]), manifest, $"'{path[..slash]}' is both a file and a folder");
            }
        }
    }

    private static void CheckFile(ModelManifest manifest, ModelFile file)
    {
        Require(file is not null, manifest, "a file entry is null");
        foreach (var path in new[] { file!.Path, file.StoredAt })
        {
            var why = SafePath.WhyUnsafe(path);
            Require(why is null, manifest, $"the path '{ModelName.Printable(path)}' is refused: {why}");
            Require(!Reserved.Contains(path), manifest, $"the path '{path}' is reserved");
        }

        Require(file.Size is >= 0 and <= MaxFileBytes, manifest, $"'{file.Path}' has the size {file.Size} (0 to {MaxFileBytes} bytes are allowed)");
        long sum = 0;
        foreach (var chunk in file.Chunks)
        {
            Require(chunk.Length is > 0 and <= MaxChunkBytes, manifest, $"'{file.Path}' has a chunk of {chunk.Length} bytes (1 to {MaxChunkBytes} are allowed)");
            sum += chunk.Length;
        }

        Require(sum == file.Size, manifest, $"the chunks of '{file.Path}' add up to {sum} bytes, its size is {file.Size}");
    }

    private static void Require(bool holds, ModelManifest manifest, string problem)
    {
        if (!holds)
        {
            throw new ModelIntegrityException(
                $"The manifest of '{ModelName.Printable(manifest.Name ?? "")}' {manifest.Version} is refused: {problem}. Publish the version again.")
            { Model = manifest.Name, File = "manifest.json" };
        }
    }
}
