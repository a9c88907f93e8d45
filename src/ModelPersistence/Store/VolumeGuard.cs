using ModelPersistence.Integrity;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>Runs file system work for the store: under the limit where a volume may hang, inline where it cannot, its faults told in our terms.</summary>
internal sealed class VolumeGuard(TimeSpan limit, TimeProvider time)
{
    /// <summary>A short look at a tree.</summary>
    public Task<T> LookAsync<T>(StoreFolder folder, ResolvedModel model, Func<T> look, CancellationToken cancellationToken) =>
        folder.IsShared
            ? VolumeWatch.RunAsync(
                _ => Task.FromResult(look()),
                new ReadProgress(),
                limit,
                time,
                e => StoreFailure.Stuck(folder.Name, $"{model.Name}:{model.Version}", folder.Root, limit, e),
                cancellationToken)
            : Task.FromResult(look());

    /// <summary>A look that takes a mark first.</summary>
    public ValueTask<T> LookAsync<T>(StoreFolder folder, ResolvedModel model, Func<CancellationToken, ValueTask<T>> look, CancellationToken cancellationToken) =>
        folder.IsShared
            ? new ValueTask<T>(VolumeWatch.RunAsync(
                token => look(token).AsTask(),
                new ReadProgress(),
                limit,
                time,
                e => StoreFailure.Stuck(folder.Name, $"{model.Name}:{model.Version}", folder.Root, limit, e),
                cancellationToken))
            : look(cancellationToken);

    /// <summary>Work on the files of a version that may take its time as long as it makes progress.</summary>
    public async Task<T> RunAsync<T>(StoredModel stored, Func<ReadProgress, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        ReadProgress progress = new();
        var provider = stored.Folder?.Name ?? stored.Model.Provider.Name;
        var isShared = stored.Folder is { IsShared: true };
        try
        {
            return isShared
                ? await VolumeWatch.RunAsync(
                    token => work(progress, token),
                    progress,
                    limit,
                    time,
                    e => StoreFailure.Stuck(provider, stored.DisplayName, stored.EntryPath, limit, e),
                    cancellationToken).ConfigureAwait(false)
                : await work(progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Reading(provider, stored.DisplayName, stored.EntryPath, e, isShared);
        }
    }
}
