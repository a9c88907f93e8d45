using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Decides whether a version that is there already is what somebody wants to publish.</summary>
internal static class PublishConflict
{
    /// <summary>The version that is there, if it is the wanted one.</summary>
    /// <exception cref="ModelIntegrityException">It is not.</exception>
    public static PlacedVersion Same(ManifestDocument existing, ModelManifest wanted, string repository)
    {
        Check(existing, wanted, repository);
        return new(existing, AlreadyThere: true);
    }

    /// <exception cref="ModelIntegrityException">It is not.</exception>
    public static void Check(ManifestDocument existing, ModelManifest wanted, string repository)
    {
        var there = existing.Manifest.Files.ToDictionary(static file => file.Path, StringComparer.Ordinal);
        foreach (var file in wanted.Files)
        {
            if (!there.Remove(file.Path, out var other))
            {
                throw Refuse(wanted, repository, $"it has no file '{file.Path}'", file.Path);
            }

            if (other.Sha256 != file.Sha256)
            {
                throw Refuse(wanted, repository, $"its '{file.Path}' has other content", file.Path, other.Sha256, file.Sha256);
            }
        }

        if (there.Count > 0)
        {
            throw Refuse(wanted, repository, $"it has '{there.Keys.First()}' as well", there.Keys.First());
        }

        // When it was made and where its bytes lie are the existing version's own affair; all the rest is what readers see.
        var same = wanted with { Created = existing.Manifest.Created, Files = existing.Manifest.Files };
        if (!DocumentReader.Write(same).AsSpan().SequenceEqual(DocumentReader.Write(existing.Manifest)))
        {
            throw Refuse(wanted, repository, "its files are the same, but its entry, metadata, warm-up hints or golden samples differ", "manifest.json");
        }
    }

    private static ModelIntegrityException Refuse(ModelManifest wanted, string repository, string difference, string file, Sha256Digest? expected = null, Sha256Digest? actual = null) =>
        new($"'{wanted.Name}' {wanted.Version} is published at '{repository}' already and differs: {difference}. A version never changes: publish under a new version and move the aliases to it.")
        { Model = wanted.Name, File = file, Expected = expected, Actual = actual };
}
