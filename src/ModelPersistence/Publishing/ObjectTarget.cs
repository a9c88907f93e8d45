using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Publishing;

/// <summary>A repository in an object store.</summary>
internal sealed class ObjectTarget(
    ObjectRepository repository, IWritableObjectStore store, ConditionalWrites writes, PublishBackoff backoff, StoreSettings settings, TimeProvider time, ILogger logger, Action<PublishStep> reached)
    : IPublishTarget
{
    public IStorageProvider Provider => repository;

    public Task<PlacedVersion> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken) =>
        new ObjectPublication(repository, store, writes, backoff, reached).PlaceAsync(wanted, source, cancellationToken);

    public Task<PlacedVersion> AdoptAsync(ModelManifest wanted, string? entry, CancellationToken cancellationToken) =>
        new ObjectAdoption(repository, store, writes, backoff, settings.Transfer, time).AdoptAsync(wanted, entry, cancellationToken);

    public Task<CopyOutcome> CopyAsync(ManifestDocument document, IStorageProvider source, CancellationToken cancellationToken) =>
        new ObjectCopy(repository, store, writes, backoff, settings.Transfer, time, logger).CopyAsync(document, source, cancellationToken);

    public Task DeleteAsync(string model, ModelVersion version, ManifestDocument? document, CancellationToken cancellationToken) =>
        ObjectDeletion.DeleteAsync(store, model, version, document, cancellationToken);

    public Task<(AliasDocument? Document, bool Changed)> ChangeAliasesAsync(string model, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken) =>
        new ObjectAliases(repository, store, writes, backoff, reached).ChangeAsync(model, change, cancellationToken);
}
