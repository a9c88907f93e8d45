using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// The paths of one repository tree: <c>&lt;model&gt;/aliases.json</c>, <c>&lt;model&gt;/&lt;version&gt;/manifest.json</c> and the files of the
/// version. Every path is made from a checked name, a parsed version and a safe relative path, never from raw text. Entries whose name
/// begins with a dot are this library's own and never models or versions.
/// </summary>
internal sealed class RepositoryLayout(string root)
{
    public const string AliasesName = "aliases.json";
    public const string ManifestName = "manifest.json";

    /// <summary>The tree's folder, as a full path.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    public string Model(string model) => Path.Join(Root, ModelName.Require(model, nameof(model)));

    public string Aliases(string model) => Path.Join(Model(model), AliasesName);

    public string Version(string model, ModelVersion version) => Path.Join(Model(model), version.ToString());

    public string Manifest(string model, ModelVersion version) => Path.Join(Version(model, version), ManifestName);

    /// <summary>The alias documents of the past, one a revision: <c>&lt;model&gt;/.aliases/&lt;revision&gt;.json</c>.</summary>
    public string AliasHistory(string model) => Path.Join(Model(model), ".aliases");

    /// <summary>What is not finished yet; a rename moves it to its place.</summary>
    public string Partials => Path.Join(Root, ".partial");

    /// <summary>Where the bytes of a file lie.</summary>
    /// <exception cref="ModelIntegrityException">The path would leave the version's folder.</exception>
    public string File(ModelManifest manifest, ModelFile file)
    {
        if (SafePath.WhyUnsafe(file.StoredAt) is { } why)
        {
            throw new ModelIntegrityException(
                $"The path '{ModelName.Printable(file.StoredAt)}' of '{ModelName.Printable(manifest.Name)}' {manifest.Version} is refused: {why}. Publish the version again.")
            { Model = manifest.Name, File = file.Path };
        }

        return Path.Join(Version(manifest.Name, manifest.Version), file.StoredAt.Replace('/', Path.DirectorySeparatorChar));
    }
}
