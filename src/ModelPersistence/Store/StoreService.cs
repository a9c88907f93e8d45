using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>The store as users see it: by reference.</summary>
internal sealed class StoreService(ModelResolver resolver, ModelStore store, StoreUpkeep upkeep) : IModelStore
{
    public async Task<ModelUpdatePlan> PlanAsync(string reference, CancellationToken cancellationToken)
    {
        var model = await resolver.ResolveAsync(ModelReference.Parse(reference), cancellationToken).ConfigureAwait(false);
        ModelUpdatePlan plan = new() { Name = model.Name, Version = model.Version, Provider = model.Provider.Name, Digest = model.Document?.Digest };
        if (model.Document is not { } document)
        {
            return plan;
        }

        var isThere = await store.IsThereAsync(model, document, cancellationToken).ConfigureAwait(false);
        var chunks = isThere ? null : await store.FindChunksAsync(document, cancellationToken).ConfigureAwait(false);
        return plan with { Files = [.. document.Manifest.Files.Select(file => new ModelUpdateFile(file.Path, file.Size, chunks?.KnownBytes(file) ?? file.Size))] };
    }

    public Task<CleanupReport> CleanupAsync(CleanupOptions? options, CancellationToken cancellationToken) =>
        upkeep.CleanupAsync(options ?? new CleanupOptions(), cancellationToken);

    public async Task<FetchedModel> FetchAsync(string reference, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var model = await resolver.ResolveAsync(ModelReference.Parse(reference), cancellationToken).ConfigureAwait(false);
        var stored = await store.FetchAsync(model, keepGoing: false, cancellationToken, progress).ConfigureAwait(false);
        using var use = stored.Use;
        var local = await store.VerifyAsync(stored, keepGoing: false, cancellationToken).ConfigureAwait(false);
        var total = model.Document?.Manifest.TotalSize ?? 0;
        progress?.Report(new ModelDownloadProgress(total, total, total - stored.Fetched.BytesFetched, BytesPerSecond: 0, TimeSpan.Zero));
        return new FetchedModel
        {
            Name = model.Name,
            Version = model.Version,
            Digest = model.Document?.Digest,
            EntryPath = local.EntryPath,
            BytesFetched = stored.Fetched.BytesFetched,
            BytesReused = stored.Fetched.BytesReused,
        };
    }
}
