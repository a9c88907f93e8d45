using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Puts one version into a repository in an object store: the files under names that only this publication knows, then the manifest,
/// which is created or refused. A publisher that loses has touched nothing of the winner's, and one that dies leaves nothing visible.
/// </summary>
internal sealed class ObjectPublication(ObjectRepository repository, IWritableObjectStore store, ConditionalWrites writes, PublishBackoff backoff, Action<PublishStep> reached)
{
    /// <inheritdoc cref="IPublishTarget.PlaceAsync"/>
    public async Task<PlacedVersion> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken)
    {
        var existing = await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false);
        var described = wanted with { Files = await source.DescribeAsync(wanted.Name, cancellationToken).ConfigureAwait(false) };
        if (existing is not null)
        {
            return PublishConflict.Same(existing, described, repository.Name);
        }

        var document = ManifestDocument.Create(PublishId.Locate(described, PublishId.NewFolder()));
        var files = Files(document.Manifest, source);
        ObjectUploads uploads = new(store, backoff);
        var keep = false;
        try
        {
            // 1. The files. What leaves is hashed against what was described, and no file may have changed since it was found.
            await uploads.UploadAsync(files.Select(static file => (file.Key, (ChunkSource)file.Source)), cancellationToken).ConfigureAwait(false);
            files.ForEach(static file => file.Source.RequireUnchanged());
            reached(PublishStep.Copied);
            reached(PublishStep.Described);

            // 2. The manifest: from here on the version exists. As long as nobody knows whether it was written, the files stay.
            keep = true;
            if (await writes.TryWriteAsync(ObjectLayout.Manifest(wanted.Name, wanted.Version), document.Utf8Json, WriteCondition.Absent, cancellationToken).ConfigureAwait(false))
            {
                return new(document, AlreadyThere: false);
            }

            // 3. Somebody else's manifest is there: ours was not written and never will be.
            keep = false;
            var other = await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false)
                ?? throw new ModelStorageException(repository.Name, $"'{wanted.Name}' {wanted.Version} could not be published at '{repository.Name}': its manifest appeared and disappeared. Publish it again.", isTransient: true) { Model = wanted.Name };
            return PublishConflict.Same(other, described, repository.Name);
        }
        finally
        {
            if (!keep)
            {
                await uploads.DeleteQuietlyAsync().ConfigureAwait(false);
            }
        }
    }

    private List<(string Key, SourceChunks Source)> Files(ModelManifest manifest, PublishSource source)
    {
        var identities = source.Files.ToDictionary(static file => file.Key, static file => file.Value, StringComparer.Ordinal);
        return
        [
            .. manifest.Files.Select(file =>
            {
                // On this host the file lies where its path says, whatever its location in the repository.
                var local = LocalFile.In(source.Folder, [file with { Location = null }])[0];
                return (ObjectLayout.File(manifest, file), new SourceChunks(manifest.Name, file, local, identities[file.Path], () => reached(PublishStep.CopyBegun)));
            }),
        ];
    }
}
