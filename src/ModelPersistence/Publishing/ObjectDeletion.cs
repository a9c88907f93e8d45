using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Deletes a version from an object store: first the manifest, without which there is no version, then the files that it named. What it
/// did not name stays, since it may belong to a publication of the same version that is under way.
/// </summary>
internal static class ObjectDeletion
{
    private const string SignatureName = "model.sig";

    public static async Task DeleteAsync(IWritableObjectStore store, string model, ModelVersion version, ManifestDocument? document, CancellationToken cancellationToken)
    {
        await store.DeleteAsync([ObjectLayout.Manifest(model, version)], cancellationToken).ConfigureAwait(false);

        // A signature that stayed would be held against whatever is published under the version next.
        await store.DeleteAsync([ObjectLayout.Version(model, version) + SignatureName], cancellationToken).ConfigureAwait(false);
        if (document?.Manifest is { } manifest)
        {
            await store.DeleteAsync([.. manifest.Files.Select(file => ObjectLayout.File(manifest, file))], cancellationToken).ConfigureAwait(false);
        }
    }
}
