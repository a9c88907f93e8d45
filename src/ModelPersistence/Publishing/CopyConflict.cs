using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Decides whether a version that is at the target already is the one that is to be copied: only the same bytes of the manifest are.</summary>
internal static class CopyConflict
{
    /// <exception cref="ModelIntegrityException">It is not.</exception>
    public static void Check(ManifestDocument existing, ManifestDocument wanted, string repository)
    {
        if (existing.Digest != wanted.Digest)
        {
            throw new ModelIntegrityException(
                $"'{wanted.Manifest.Name}' {wanted.Manifest.Version} is at '{repository}' already with the digest {existing.Digest}, and {wanted.Digest} is to be copied. A version never changes: publish the content under a new version at the source and copy that, or delete the version at '{repository}' first.")
            { Model = wanted.Manifest.Name, File = "manifest.json", Expected = wanted.Digest, Actual = existing.Digest };
        }
    }
}
