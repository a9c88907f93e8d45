using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>The keys of a repository in an object store: the paths of <see cref="RepositoryLayout"/> with forward slashes.</summary>
internal static class ObjectLayout
{
    public static string Model(string model) => $"{ModelName.Require(model, nameof(model))}/";

    public static string Aliases(string model) => Model(model) + RepositoryLayout.AliasesName;

    public static string Version(string model, ModelVersion version) => $"{Model(model)}{version}/";

    public static string Manifest(string model, ModelVersion version) => Version(model, version) + RepositoryLayout.ManifestName;

    /// <summary>Where the bytes of a file lie.</summary>
    /// <exception cref="ModelIntegrityException">The path would leave the version's folder.</exception>
    public static string File(ModelManifest manifest, ModelFile file) => SafePath.WhyUnsafe(file.StoredAt) is { } why
        ? throw new ModelIntegrityException(
            $"The path '{ModelName.Printable(file.StoredAt)}' of '{ModelName.Printable(manifest.Name)}' {manifest.Version} is refused: {why}. Publish the version again.")
        { Model = manifest.Name, File = file.Path }
        : Version(manifest.Name, manifest.Version) + file.StoredAt;

    /// <summary>The version whose manifest a key names, or null.</summary>
    public static ModelVersion? VersionOfManifest(string model, string key)
    {
        var (prefix, ending) = (Model(model), "/" + RepositoryLayout.ManifestName);
        return key.StartsWith(prefix, StringComparison.Ordinal) && key.EndsWith(ending, StringComparison.Ordinal) && key.Length > prefix.Length + ending.Length
            && ModelVersion.TryParse(key[prefix.Length..^ending.Length], out var version) && Manifest(model, version) == key
            ? version
            : null;
    }
}
