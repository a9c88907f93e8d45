using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>Decides where a version's files are used: in place, in the nearest tree that can be written, or in a local copy of a volume's; and brings them there.</summary>
internal sealed class VersionPlacement(
    StoreSettings settings,
    IReadOnlyList<IStorageProvider> chain, IReadOnlyList<StoreFolder> targets, StoreFolder cache, VersionFetch fetch, VersionCheck check, VolumeGuard guard, ILogger logger)
{
    /// <summary>The trees on this host.</summary>
    public IReadOnlyList<DirectoryProvider> Trees { get; } = [.. chain.OfType<DirectoryProvider>()];

    /// <summary>Whether the files lie where they are used from already.</summary>
    public async ValueTask<bool> IsThereAsync(ResolvedModel model, ManifestDocument document, CancellationToken cancellationToken)
    {
        foreach (var folder in targets)
        {
            if (await guard.LookAsync(folder, model, () => VersionFetch.IsThere(folder, document), cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return InPlace(model, document, FolderOf(model.Provider)) is not null;
    }

    public ValueTask<StoredModel> PlaceAsync(ResolvedModel model, ManifestDocument document, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var folder = FolderOf(model.Provider);
        if (folder is { IsShared: true })
        {
            return FetchFromVolumeAsync(model, document, folder, keepGoing, progress, cancellationToken);
        }

        if (folder is not null)
        {
            return FetchFromCacheAsync(model, document, folder, keepGoing, progress, cancellationToken);
        }

        return InPlace(model, document, null) is { } stored
            ? ValueTask.FromResult(stored)
            : FetchFromRemoteAsync(model, document, keepGoing, progress, cancellationToken);
    }

    /// <summary>Where the bytes can come from: first the provider that answered, then the rest of the chain; never the tree itself.</summary>
    public List<IStorageProvider> SourcesFor(ResolvedModel model, StoreFolder target) =>
        [.. chain.Prepend(model.Provider).Distinct().Where(provider => provider.Name != target.Name)];

    /// <summary>The work of bringing a version into a tree.</summary>
    public FetchJob JobFor(ManifestDocument document, StoreFolder target, IReadOnlyList<IStorageProvider> sources, ReadProgress? progress = null) =>
        new(document, target, sources)
        {
            Trees = Trees,
            Flush = settings.FlushDownloads ?? target.IsShared,
            Progress = progress ?? new ReadProgress(),
        };

    private static StoredModel? InPlace(ResolvedModel model, ManifestDocument document, StoreFolder? folder)
    {
        var manifest = document.Manifest;
        var files = new LocalFile[manifest.Files.Count];
        string? entry = null;
        for (var i = 0; i < files.Length; i++)
        {
            if (model.Provider.GetLocalPath(manifest, manifest.Files[i]) is not { } path)
            {
                return null;
            }

            files[i] = new LocalFile(manifest.Files[i], path);
            entry = manifest.Files[i].Path == manifest.Entry ? path : entry;
        }

        return new StoredModel { Model = model, EntryPath = entry!, Files = files, Folder = folder, Mode = model.Provider.Verification };
    }

    private static StoredModel In(StoreFolder folder, ResolvedModel model, ManifestDocument document, FetchOutcome? fetched = null)
    {
        var files = LocalFile.In(folder.VersionPath(model.Name, model.Version), document.Manifest.Files);
        return new StoredModel
        {
            Model = model,
            EntryPath = files.First(local => local.File.Path == document.Manifest.Entry).FullPath,
            Files = files,
            Folder = folder,
            Mode = VerificationMode.BeforeUse,
            Fetched = fetched ?? FetchOutcome.None,
        };
    }

    /// <summary>
    /// What the look finds, with the mark under which it was looked for; null when it is not there. Looked at first without a mark, so
    /// that none is made for what was never there, and a second time under it: that one counts.
    /// </summary>
    private static async ValueTask<StoredModel?> MarkedAsync(StoreFolder folder, ManifestDocument document, Func<StoredModel?> look, CancellationToken cancellationToken)
    {
        if (look() is null)
        {
            return null;
        }

        var use = await folder.Uses.TakeAsync(UseMarks.KeyOf(document.Digest), cancellationToken).ConfigureAwait(false);
        try
        {
            if (look() is { } stored)
            {
                return stored with { Use = use };
            }
        }
        catch
        {
            use.Dispose();
            throw;
        }

        use.Dispose();
        return null;
    }

    private async ValueTask<StoredModel> FetchFromCacheAsync(
        ResolvedModel model, ManifestDocument document, StoreFolder folder, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken) =>
        await MarkedAsync(folder, document, () => VersionFetch.IsThere(folder, document) ? InPlace(model, document, folder) : null, cancellationToken).ConfigureAwait(false)
            ?? await FetchFromRemoteAsync(model, document, keepGoing, progress, cancellationToken).ConfigureAwait(false);

    private ValueTask<StoredModel?> FindAsync(StoreFolder folder, ResolvedModel model, ManifestDocument document, CancellationToken cancellationToken) =>
        guard.LookAsync(
            folder,
            model,
            token => MarkedAsync(folder, document, () => VersionFetch.IsThere(folder, document) ? In(folder, model, document) : null, token),
            cancellationToken);

    /// <summary>Fetches under a mark, which goes on to whoever gets the result: nothing deletes what has just been fetched.</summary>
    private async ValueTask<StoredModel> FetchToAsync(
        StoreFolder folder, ResolvedModel model, FetchJob job, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var use = await guard.LookAsync(folder, model, token => folder.Uses.TakeAsync(UseMarks.KeyOf(job.Document.Digest), token), cancellationToken).ConfigureAwait(false);
        try
        {
            var fetched = await fetch.EnsureAsync(job, keepGoing, cancellationToken, progress).ConfigureAwait(false);
            return In(folder, model, job.Document, fetched) with { Use = use };
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private async ValueTask<StoredModel> FetchFromVolumeAsync(
        ResolvedModel model, ManifestDocument document, StoreFolder volume, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        // Everything that touches the volume may hang with it.
        var stored = await guard.LookAsync(volume, model, token => MarkedAsync(volume, document, () => InPlace(model, document, volume), token), cancellationToken).ConfigureAwait(false);
        if (stored is null)
        {
            return await FetchFromRemoteAsync(model, document, keepGoing, progress, cancellationToken).ConfigureAwait(false);
        }

        return await NearestAsync(stored, document, volume, keepGoing, progress, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<StoredModel> FetchFromRemoteAsync(ResolvedModel model, ManifestDocument document, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        // 1. What is there already needs nothing to be writable.
        foreach (var folder in targets)
        {
            if (await FindAsync(folder, model, document, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                return await NearestAsync(stored, document, folder, keepGoing, progress, cancellationToken).ConfigureAwait(false);
            }
        }

        // 2. The nearest tree that takes it.
        List<string> reasons = [];
        ModelStorageException? failure = null;
        foreach (var folder in targets)
        {
            if (await guard.LookAsync(folder, model, folder.WhyNotWritable, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                reasons.Add(reason);
                continue;
            }

            try
            {
                var job = JobFor(document, folder, SourcesFor(model, folder));
                var fetched = await FetchToAsync(folder, model, job, keepGoing, progress, cancellationToken).ConfigureAwait(false);
                return await NearestAsync(fetched, document, folder, keepGoing, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.ProviderName == folder.Name && folder != cache)
            {
                StoreLog.TargetFailed(logger, $"{model.Name}:{model.Version}", folder.Name, e.Message);
                failure = e;
            }
        }

        throw failure ?? new ModelStorageException(
            cache.Name,
            $"Model '{model.Name}:{model.Version}' must be fetched from '{model.Provider.Name}', but nothing here can be written: {string.Join("; ", reasons)}. Set ModelManagement:CachePath to a writable folder.",
            isTransient: false)
        { Model = model.Reference.ToString() };
    }

    private async ValueTask<StoredModel> NearestAsync(
        StoredModel stored, ManifestDocument document, StoreFolder folder, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (!folder.IsShared)
        {
            return stored;
        }

        try
        {
            if (await CopyOrNullAsync(stored, document, folder, keepGoing, progress, cancellationToken).ConfigureAwait(false) is not { } copy)
            {
                return stored;
            }

            stored.Use.Dispose();
            return copy;
        }
        catch
        {
            stored.Use.Dispose();
            throw;
        }
    }

    /// <summary>A copy in the local cache, where the volume asks for one and it can be made; null to map in place.</summary>
    private async ValueTask<StoredModel?> CopyOrNullAsync(
        StoredModel stored, ManifestDocument document, StoreFolder volume, bool keepGoing, IProgress<ModelDownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var wanted = volume.MapFrom == MapFrom.LocalCopy || (volume.MapFrom == MapFrom.Auto && volume.IsNetwork);
        if (!wanted)
        {
            return null;
        }

        if (await FindAsync(cache, stored.Model, document, cancellationToken).ConfigureAwait(false) is { } there)
        {
            return there;
        }

        if (cache.WhyNotWritable() is { } reason)
        {
            StoreLog.MappedInPlace(logger, stored.DisplayName, volume.Name, reason);
            return null;
        }

        try
        {
            // The volume is the nearest source, also where the model was just fetched to it from farther away.
            var nearest = chain.Where(provider => provider.Name == volume.Name);
            var job = JobFor(document, cache, [.. nearest.Concat(SourcesFor(stored.Model, cache)).Distinct()]);
            await guard.RunAsync(stored, async (moved, token) =>
            {
                await check.WaitForVolumeAsync(stored, moved, token).ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
            return await FetchToAsync(cache, stored.Model, job, keepGoing, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelStorageException e) when (e.ProviderName == cache.Name)
        {
            StoreLog.MappedInPlace(logger, stored.DisplayName, volume.Name, e.Message);
            return null;
        }
        catch (ModelStorageException e) when (e.ProviderName == volume.Name)
        {
            VersionCheck.ThrowIfDamaged(stored);
            throw;
        }
    }

    private StoreFolder? FolderOf(IStorageProvider provider) => targets.FirstOrDefault(folder => folder.Name == provider.Name);
}
