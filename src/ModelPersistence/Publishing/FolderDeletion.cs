using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Deletes a version from a folder: one rename takes it out of sight, whole, then it is deleted with everything in it.</summary>
internal sealed class FolderDeletion(DirectoryProvider repository)
{
    public async Task DeleteAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        var place = repository.Layout.Version(model, version);
        var hidden = Path.Join(repository.Layout.Partials, $"deleted-{Guid.NewGuid():n}");
        await repository.Io.RunAsync(() => Hide(place, hidden), $"delete '{place}'", cancellationToken).ConfigureAwait(false);

        // From here on the version is gone; what cannot be deleted now takes room out of sight.
        await repository.Io.RunAsync(
            () =>
            {
                FolderReveal.DeleteQuietly(hidden);
                return true;
            },
            $"delete '{hidden}'",
            cancellationToken).ConfigureAwait(false);
    }

    private static bool Hide(string place, string hidden)
    {
        DurableFolder.Create(Path.GetDirectoryName(hidden)!);
        Directory.Move(place, hidden);
        DurableFolder.Flush(Path.GetDirectoryName(place)!);
        return true;
    }
}
