using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>What adopting means the same in every repository.</summary>
internal static class Adoption
{
    /// <summary>A version that has its manifest was adopted or published before: its files are taken as they are, the rest must be what is wanted.</summary>
    /// <exception cref="ModelIntegrityException">It is not.</exception>
    public static PlacedVersion Same(ManifestDocument existing, ModelManifest wanted, string? entry, string repository) =>
        PublishConflict.Same(existing, wanted with { Entry = entry ?? existing.Manifest.Entry, Files = existing.Manifest.Files }, repository);

    public static ModelNotFoundException NothingThere(ModelManifest wanted, string place, string repository) =>
        new($"'{wanted.Name}' {wanted.Version} cannot be adopted: there are no files in '{place}' at '{repository}'. Put them there; a folder that is named with an integer, such as 1, must be renamed to 1.0.0.")
        { Model = wanted.Name };
}
