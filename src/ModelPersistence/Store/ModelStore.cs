using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Telemetry;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>
/// Makes the files of a resolved version local and vouches for them, in two steps that a caller can time: fetch, verify. Both complete
/// at once when nothing has to be done.
/// </summary>
internal sealed class ModelStore : IAsyncDisposable, IDisposable
{
    private readonly StoreFolder[] _targets;
    private readonly StoreFolder _cache;
    private readonly StoreSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly VolumeGuard _guard;
    private readonly VersionFetch _fetch;
    private readonly VersionCheck _check;
    private readonly VersionPlacement _placement;
    private readonly SingleFlight<string, TrustBasis> _verifications;

    public ModelStore(
        StoreSettings settings,
        IReadOnlyList<IStorageProvider> chain,
        IReadOnlyList<StoreFolder> sharedVolumes,
        StoreFolder cache,
        TimeProvider time,
        ILogger<ModelStore> logger,
        ICrossProcessLocks? locks = null,
        StoreUpkeep? upkeep = null,
        ModelMetrics? metrics = null)
    {
        (_settings, _targets, _cache, _time, _logger) = (settings, [.. sharedVolumes, cache], cache, time, logger);
        _guard = new VolumeGuard(settings.VolumeTimeout, time);
        _fetch = new VersionFetch(settings, locks ?? new CrossProcessLocks(time), time, logger, upkeep, metrics);
        _check = new VersionCheck(settings, cache, time, logger);
        _placement = new VersionPlacement(settings, chain, _targets, cache, _fetch, _check, _guard, logger);
        _verifications = new SingleFlight<string, TrustBasis>(time, settings.AbandonAfter);
    }

    /// <summary>Brings the files to this host where they are not there yet.</summary>
    /// <param name="model">What was resolved.</param>
    /// <param name="keepGoing">Whether the work goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <param name="progress">Is told how far a download has come.</param>
    /// <exception cref="ModelStorageException">A source or the store failed, or nothing is writable.</exception>
    /// <exception cref="ModelIntegrityException">No source delivers the right bytes, or a shared volume holds the version with other content.</exception>
    public ValueTask<StoredModel> FetchAsync(ResolvedModel model, bool keepGoing, CancellationToken cancellationToken, IProgress<ModelDownloadProgress>? progress = null)
    {
        if (model.Document is not { } document)
        {
            return ValueTask.FromResult(new StoredModel { Model = model, EntryPath = model.Unmanifested!.EntryPath, Mode = VerificationMode.None });
        }

        return _placement.PlaceAsync(model, document, keepGoing, progress, cancellationToken);
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
            return new LocalModel(stored.Model, stored.EntryPath, trust) { Use = stored.Use };
        }
    }

    /// <summary>Hashes what was served before it was hashed, without haste.</summary>
    /// <exception cref="ModelIntegrityException">The files are not what the manifest says: stop serving them.</exception>
    /// <exception cref="ModelStorageException">The files could not be read.</exception>
    public Task VerifyDeferredAsync(StoredModel stored, CancellationToken cancellationToken) =>
        stored.Model.Document is null
            ? Task.CompletedTask
            : _guard.RunAsync(stored, async (progress, token) =>
            {
                if (!_check.HasRecord(stored))
                {
                    await _check.HashAsync(stored, parallelism: 1, progress, token).ConfigureAwait(false);
                }

                return true;
            }, cancellationToken);

    /// <summary>Whether nothing would have to be fetched.</summary>
    public ValueTask<bool> IsThereAsync(ResolvedModel model, ManifestDocument document, CancellationToken cancellationToken) =>
        _placement.IsThereAsync(model, document, cancellationToken);

    /// <summary>The chunks of a version that lie on this host in others.</summary>
    public Task<LocalChunks> FindChunksAsync(ManifestDocument document, CancellationToken cancellationToken) =>
        LocalChunks.FindAsync(document, _placement.Trees, _settings.Transfer, _time, _logger, cancellationToken);

    /// <summary>Null when something can be written, else why nothing can, with the setting that mends it.</summary>
    public string? WhyNothingWritable()
    {
        List<string> reasons = [];
        foreach (var folder in _targets)
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
        ValueTask.FromResult(new LocalModel(stored.Model, stored.EntryPath, trust) { Use = stored.Use });

    private Task<TrustBasis> VerifyOnceAsync(StoredModel stored, bool keepGoing, CancellationToken cancellationToken) =>
        _guard.RunAsync(stored, async (progress, token) =>
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
                await RepairAsync(stored, stored.Folder, e, progress, keepGoing, token).ConfigureAwait(false);
                _check.RecordLater(stored);
            }

            return TrustBasis.Hashed;
        }, cancellationToken);

    private async Task RepairAsync(StoredModel stored, StoreFolder folder, ModelIntegrityException damage, ReadProgress progress, bool keepGoing, CancellationToken cancellationToken)
    {
        var job = _placement.JobFor(stored.Model.Document!, folder, _placement.SourcesFor(stored.Model, folder), progress);
        if (job.Sources.Providers.Count == 0 || folder.WhyNotWritable() is not null)
        {
            throw damage;
        }

        try
        {
            StoreLog.Repairing(_logger, stored.DisplayName, folder.Name, job.Sources.Names, damage.Message);
            await _fetch.RepairAsync(job, keepGoing, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            StoreLog.RepairFailed(_logger, stored.DisplayName, e.Message);
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(damage);
        }
    }

}
