using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Publishing;

/// <summary>
/// Copies a version into a folder: the store's fetch brings it, verified and resumable, into a place out of sight that is named by the
/// manifest's digest, then the rename of a publication shows it.
/// </summary>
internal sealed class FolderCopy(DirectoryProvider repository, StoreSettings settings, TimeProvider time, ILogger logger)
{
    /// <inheritdoc cref="IPublishTarget.CopyAsync"/>
    public async Task<CopyOutcome> CopyAsync(ManifestDocument document, IStorageProvider source, CancellationToken cancellationToken)
    {
        var (name, version) = (document.Manifest.Name, document.Manifest.Version);

        // Whoever copies the same version, in whatever process, works in the same place and goes on where another one stopped.
        StoreFolder workspace = new(Path.Join(repository.Layout.Partials, $"copy-{document.Digest.Hex[..32]}"), repository.Name, time, StoreFolderKind.Shared, isNetwork: repository.Io.IsRemovable);
        FetchJob job = new(document, workspace, [source]) { Trees = [repository] };
        RevealOutcome outcome;
        try
        {
            await repository.Io.RunAsync(() => Create(workspace.Root), $"create '{workspace.Root}'", cancellationToken).ConfigureAwait(false);
            await new VersionFetch(settings, new CrossProcessLocks(time), time, logger).EnsureAsync(job, keepGoing: false, cancellationToken).ConfigureAwait(false);
            outcome = await new FolderReveal(repository).ShowAsync(job.Folder, name, version, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ModelPersistenceException or IOException or UnauthorizedAccessException)
        {
            // Somebody who copied the same may have shown it, and with that taken the files from under us.
            if (await repository.GetManifestAsync(name, version, cancellationToken).ConfigureAwait(false) is { } shown && shown.Digest == document.Digest)
            {
                return new(AlreadyThere: true, job.FetchedBytes, job.ReusedBytes);
            }

            if (e is ModelPersistenceException)
            {
                throw;
            }

            throw repository.Io.Failure($"copy '{name}' {version}", e.Message, isTransient: false, e);
        }

        if (outcome.IsOccupied)
        {
            var place = repository.Layout.Version(name, version);
            throw new ModelIntegrityException(
                $"'{name}' {version} cannot be copied to '{repository.Name}': the folder '{place}' holds files without a manifest, and a copy would have to go beside them under another digest. Move them away, or adopt them as the version.")
            { Model = name, File = RepositoryLayout.ManifestName };
        }

        if (outcome.Existing is { } existing)
        {
            CopyConflict.Check(existing, document, repository.Name);
        }

        FolderReveal.DeleteQuietly(workspace.Root);
        return new(AlreadyThere: !outcome.IsShown, job.FetchedBytes, job.ReusedBytes);
    }

    private static bool Create(string folder)
    {
        DurableFolder.Create(folder);
        return true;
    }
}
