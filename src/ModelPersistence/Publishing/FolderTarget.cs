using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Publishing;

/// <summary>A repository in a folder of this host: a shared volume.</summary>
internal sealed class FolderTarget(DirectoryProvider repository, StoreSettings settings, TimeProvider time, ILogger logger, Action<PublishStep> reached) : IPublishTarget
{
    public IStorageProvider Provider => repository;

    public Task<PlacedVersion> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken) =>
        new FolderPublication(repository, reached).PlaceAsync(wanted, source, cancellationToken);

    public Task<PlacedVersion> AdoptAsync(ModelManifest wanted, string? entry, CancellationToken cancellationToken) =>
        new FolderAdoption(repository).AdoptAsync(wanted, entry, cancellationToken);

    public Task<CopyOutcome> CopyAsync(ManifestDocument document, IStorageProvider source, CancellationToken cancellationToken) =>
        new FolderCopy(repository, settings, time, logger).CopyAsync(document, source, cancellationToken);

    public Task DeleteAsync(string model, ModelVersion version, ManifestDocument? document, CancellationToken cancellationToken) =>
        new FolderDeletion(repository).DeleteAsync(model, version, cancellationToken);

    public Task<(AliasDocument? Document, bool Changed)> ChangeAliasesAsync(string model, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken) =>
        new FolderAliases(repository, reached).ChangeAsync(model, change, cancellationToken);
}
