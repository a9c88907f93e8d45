using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>
/// Makes the files of a resolved version local and vouches for them, in two steps that a caller can time: fetch, verify. Both complete
/// at once when nothing has to be done.
/// </summary>
internal sealed class ModelStore : IAsyncDisposable, IDisposable
{
    private readonly StoreSettings _settings;
    private readonly IReadOnlyList<IStorageProvider> _chain;
    private readonly IReadOnlyList<StoreFolder> _shared;
    private readonly StoreFolder _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly VersionFetch _fetch;
    private readonly VersionCheck _check;
    private readonly SingleFlight<string, TrustBasis> _verifications;

    public ModelStore(
        StoreSettings settings,
        IReadOnlyList<IStorageProvider> chain,
        IReadOnlyList<StoreFolder> sharedVolumes,
        StoreFolder cache,
        TimeProvider time,
        ILogger<ModelStore> logger,
        ICrossProcessLocks? locks = null)
    {
        (_settings, _chain, _shared, _cache, _time, _logger) = (settings, chain, sharedVolumes, cache, time, logger);
        _fetch = new VersionFetch(settings, locks ?? new CrossProcessLocks(time), time, logger);
        _check = new VersionCheck(settings, cache, time, logger);
        _verifications = new SingleFlight<string, TrustBasis>(time, settings.AbandonAfter);
    }

    /// <summary>Brings the files to this host where they are not there yet.</summary>
    /// <param name="model">What was resolved.</param>
    /// <param name="keepGoing">Whether the work goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="ModelStorageException">A source or the store failed, or nothing is writable.</exception>
    /// <exception cref="ModelIntegrityException">No source delivers the right bytes, or a shared volume holds the version with other content.</exception>
    public ValueTask<StoredModel> FetchAsync(ResolvedModel model, bool keepGoing, CancellationToken cancellationToken)
    {
        if (model.Document is not { } document)
        {
            return ValueTask.FromResult(new StoredModel { Model = model, EntryPath = model.Unmanifested!.EntryPath, Mode = VerificationMode.None });
        }

        var folder = FolderOf(model.Provider);
        if (folder is { IsShared: true })
        {
            return FetchFromVolumeAsync(model, document, folder, keepGoing, cancellationToken);
        }

        return InPlace(model, document, folder) is { } stored
            ? ValueTask.FromResult(stored)
            : FetchFromRemoteAsync(model, document, keepGoing, cancellationToken);
    }

    /// <summary>Vouches for the files, as the provider's verification mode asks. What is damaged in a tree of ours is repaired from the other providers.</summary>
    /// <param name="stored">What <see cref="FetchAsync"/> answered.</param>
    /// <param name="keepGoing">Whether the work goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="ModelIntegrityException">A file is missing, truncated, altered or reached through a link, and could not be repaired.</exception>
    /// <exception cref="ModelStorageException">The files could not be read.</exception>
    public ValueTask<LocalModel> VerifyAsync(StoredModel stored, bool keepGoing, CancellationToken cancellationToken)
    {
        if (stored.JustHashed)
        {
            _check.RecordLater(stored);
            return Local(stored, TrustBasis.Hashed);
        }

        if (stored.Mode == VerificationMode.None)
        {
            return Local(stored, TrustBasis.Unverified);
        }

        if (stored.Folder is not { IsShared: true })
        {
            if (_check.HasRecord(stored))
            {
                return Local(stored, TrustBasis.Record);
            }

            if (stored.Mode == VerificationMode.Background)
            {
                return Local(stored, TrustBasis.Deferred);
            }
        }

        return VerifySlowAsync();

        async ValueTask<LocalModel> VerifySlowAsync()
        {
            var key = $"{stored.Model.Document!.Digest.Hex} {stored.EntryPath}";
            var trust = await _verifications.RunAsync(key, token => VerifyOnceAsync(stored, keepGoing, token), keepGoing, cancellationToken).ConfigureAwait(false);
            return new LocalModel(stored.Model, stored.EntryPath, trust);
        }
    }

    /// <summary>Hashes what was served before it was hashed, without haste.</summary>
    /// <exception cref="ModelIntegrityException">The files are not what the manifest says: stop serving them.</exception>
    /// <exception cref="ModelStorageException">The files could not be read.</exception>
    public Task VerifyDeferredAsync(StoredModel stored, CancellationToken cancellationToken) =>
        stored.Model.Document is null
            ? Task.CompletedTask
            : GuardAsync(stored, async (progress, token) =>
            {
                if (!_check.HasRecord(stored))
                {
                    await _check.HashAsync(stored, parallelism: 1, progress, token).ConfigureAwait(false);
                }

                return true;
            }, cancellationToken);

    /// <summary>The nearest writable tree: the first shared volume that can be written, else the local cache; null when nothing can.</summary>
    public StoreFolder? WritableFolder() => Targets().FirstOrDefault(static folder => folder.WhyNotWritable() is null);

    /// <summary>The local cache, when it can be written.</summary>
    public StoreFolder? CacheOrNull() => _cache.WhyNotWritable() is null ? _cache : null;

    /// <summary>Null when something can be written, else why nothing can, with the setting that mends it.</summary>
    public string? WhyNothingWritable()
    {
        List<string> reasons = [];
        foreach (var folder in Targets())
        {
            if (folder.WhyNotWritable() is not { } reason)
            {
                return null;
            }

            reasons.Add(reason);
        }

        return $"{string.Join("; ", reasons)}. Set ModelManagement:CachePath to a writable folder.";
    }

    /// <summary>Completes when no verification record is waiting to be written any more.</summary>
    public Task WhenRecorded() => _check.WhenRecorded();

    public ValueTask DisposeAsync() => _check.DisposeAsync();

    /// <summary>For containers that are disposed synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static ValueTask<LocalModel> Local(StoredModel stored, TrustBasis trust) =>
        ValueTask.FromResult(new LocalModel(stored.Model, stored.EntryPath, trust));

    private IEnumerable<StoreFolder> Targets() => _shared.Append(_cache);

    private StoreFolder? FolderOf(IStorageProvider provider) => Targets().FirstOrDefault(folder => folder.Name == provider.Name);

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

    private static StoredModel In(StoreFolder folder, ResolvedModel model, ManifestDocument document, bool justHashed)
    {
        var files = LocalFile.In(folder.VersionPath(model.Name, model.Version), document.Manifest.Files);
        return new StoredModel
        {
            Model = model,
            EntryPath = files.First(local => local.File.Path == document.Manifest.Entry).FullPath,
            Files = files,
            Folder = folder,
            Mode = VerificationMode.BeforeUse,
            JustHashed = justHashed,
        };
    }

    private async ValueTask<StoredModel> FetchFromVolumeAsync(
        ResolvedModel model, ManifestDocument document, StoreFolder volume, bool keepGoing, CancellationToken cancellationToken)
    {
        // Everything that touches the volume may hang with it.
        var stored = await WatchAsync(volume, model, () => InPlace(model, document, volume), cancellationToken).ConfigureAwait(false);
        if (stored is null)
        {
            return await FetchFromRemoteAsync(model, document, keepGoing, cancellationToken).ConfigureAwait(false);
        }

        return await NearestAsync(stored, document, volume, keepGoing, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<StoredModel> FetchFromRemoteAsync(ResolvedModel model, ManifestDocument document, bool keepGoing, CancellationToken cancellationToken)
    {
        // 1. What is there already needs nothing to be writable.
        foreach (var folder in Targets())
        {
            if (await WatchAsync(folder, model, () => VersionFetch.IsThere(folder, document), cancellationToken).ConfigureAwait(false))
            {
                return await NearestAsync(In(folder, model, document, justHashed: false), document, folder, keepGoing, cancellationToken).ConfigureAwait(false);
            }
        }

        // 2. The nearest tree that takes it.
        List<string> reasons = [];
        ModelStorageException? failure = null;
        foreach (var folder in Targets())
        {
            if (await WatchAsync(folder, model, folder.WhyNotWritable, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                reasons.Add(reason);
                continue;
            }

            try
            {
                FetchJob job = new(document, folder, SourcesFor(model, folder));
                var fetched = await _fetch.EnsureAsync(job, keepGoing, cancellationToken).ConfigureAwait(false);
                return await NearestAsync(In(folder, model, document, fetched), document, folder, keepGoing, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.ProviderName == folder.Name && folder != _cache)
            {
                StoreLog.TargetFailed(_logger, $"{model.Name}:{model.Version}", folder.Name, e.Message);
                failure = e;
            }
        }

        throw failure ?? new ModelStorageException(
            _cache.Name,
            $"Model '{model.Name}:{model.Version}' must be fetched from '{model.Provider.Name}', but nothing here can be written: {string.Join("; ", reasons)}. Set ModelManagement:CachePath to a writable folder.",
            isTransient: false)
        { Model = model.Reference.ToString() };
    }

    private async ValueTask<StoredModel> NearestAsync(
        StoredModel stored, ManifestDocument document, StoreFolder folder, bool keepGoing, CancellationToken cancellationToken) =>
        folder.IsShared
            ? await CopyOrNullAsync(stored, document, folder, keepGoing, cancellationToken).ConfigureAwait(false) ?? stored
            : stored;

    /// <summary>A copy in the local cache, where the volume asks for one and it can be made; null to map in place.</summary>
    private async ValueTask<StoredModel?> CopyOrNullAsync(
        StoredModel stored, ManifestDocument document, StoreFolder volume, bool keepGoing, CancellationToken cancellationToken)
    {
        var wanted = volume.MapFrom == MapFrom.LocalCopy || (volume.MapFrom == MapFrom.Auto && volume.IsNetwork);
        if (!wanted)
        {
            return null;
        }

        if (VersionFetch.IsThere(_cache, document))
        {
            return In(_cache, stored.Model, document, justHashed: false);
        }

        if (_cache.WhyNotWritable() is { } reason)
        {
            StoreLog.MappedInPlace(_logger, stored.DisplayName, volume.Name, reason);
            return null;
        }

        try
        {
            // The volume is the nearest source, also where the model was just fetched to it from farther away.
            var nearest = _chain.Where(provider => provider.Name == volume.Name);
            FetchJob job = new(document, _cache, [.. nearest.Concat(SourcesFor(stored.Model, _cache)).Distinct()]);
            await GuardAsync(stored, async (progress, token) =>
            {
                await _check.WaitForVolumeAsync(stored, progress, token).ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
            var fetched = await _fetch.EnsureAsync(job, keepGoing, cancellationToken).ConfigureAwait(false);
            return In(_cache, stored.Model, document, fetched);
        }
        catch (ModelStorageException e) when (e.ProviderName == _cache.Name)
        {
            StoreLog.MappedInPlace(_logger, stored.DisplayName, volume.Name, e.Message);
            return null;
        }
        catch (ModelStorageException e) when (e.ProviderName == volume.Name)
        {
            VersionCheck.ThrowIfDamaged(stored);
            throw;
        }
    }

    /// <summary>Where the bytes can come from: first the provider that answered, then the rest of the chain; never the tree itself.</summary>
    private List<IStorageProvider> SourcesFor(ResolvedModel model, StoreFolder target) =>
        [.. _chain.Prepend(model.Provider).Distinct().Where(provider => provider.Name != target.Name)];

    private Task<TrustBasis> VerifyOnceAsync(StoredModel stored, bool keepGoing, CancellationToken cancellationToken) =>
        GuardAsync(stored, async (progress, token) =>
        {
            if (_check.HasRecord(stored))
            {
                return TrustBasis.Record;
            }

            if (stored.Mode == VerificationMode.Background)
            {
                return TrustBasis.Deferred;
            }

            try
            {
                await _check.HashAsync(stored, Environment.ProcessorCount, progress, token).ConfigureAwait(false);
            }
            catch (ModelIntegrityException e) when (stored.Folder is not null)
            {
                await RepairAsync(stored, stored.Folder, e, keepGoing, token).ConfigureAwait(false);
                _check.RecordLater(stored);
            }

            return TrustBasis.Hashed;
        }, cancellationToken);

    private async Task RepairAsync(StoredModel stored, StoreFolder folder, ModelIntegrityException damage, bool keepGoing, CancellationToken cancellationToken)
    {
        FetchJob job = new(stored.Model.Document!, folder, SourcesFor(stored.Model, folder));
        if (job.Sources.Count == 0 || folder.WhyNotWritable() is not null)
        {
            throw damage;
        }

        try
        {
            StoreLog.Repairing(_logger, stored.DisplayName, folder.Name, job.SourceNames, damage.Message);
            await _fetch.RepairAsync(job, keepGoing, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            StoreLog.RepairFailed(_logger, stored.DisplayName, e.Message);
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(damage);
        }
    }

    private Task<T> WatchAsync<T>(StoreFolder folder, ResolvedModel model, Func<T> look, CancellationToken cancellationToken) =>
        folder.IsShared
            ? VolumeWatch.RunAsync(
                _ => Task.FromResult(look()),
                new ReadProgress(),
                _settings.VolumeTimeout,
                _time,
                e => StoreFailure.Stuck(folder.Name, $"{model.Name}:{model.Version}", folder.Root, _settings.VolumeTimeout, e),
                cancellationToken)
            : Task.FromResult(look());

    private async Task<T> GuardAsync<T>(StoredModel stored, Func<ReadProgress, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
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
                    _settings.VolumeTimeout,
                    _time,
                    e => StoreFailure.Stuck(provider, stored.DisplayName, stored.EntryPath, _settings.VolumeTimeout, e),
                    cancellationToken).ConfigureAwait(false)
                : await work(progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Reading(provider, stored.DisplayName, stored.EntryPath, e, isShared);
        }
    }
}
