using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>Makes prepared artifacts: one at a time in this process, and one for each key however many processes ask.</summary>
internal sealed class ModelPreparer(
    PreparedArtifacts artifacts,
    IReadOnlyList<StoreFolder> stores,
    ICrossProcessLocks locks,
    TimeProvider time,
    ILogger<ModelPreparer> logger,
    StoreUpkeep? upkeep = null) : IDisposable
{
    private static readonly TimeSpan SettlingTime = VerificationRecords.FreshFor + TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Completes when the newest artifact's verification record is written, or turned out not to be.</summary>
    public Task Recorded { get; private set; } = Task.CompletedTask;

    /// <summary>The artifact, made if nobody else makes it meanwhile. A model for which no form holds gets one of the form <see cref="ArtifactForm.Original"/>.</summary>
    /// <exception cref="ModelLoadException">The model itself cannot be loaded or run; nothing is remembered.</exception>
    /// <exception cref="ModelIntegrityException">The model's files are not valid.</exception>
    /// <exception cref="ModelStorageException">The artifact could not be saved.</exception>
    public async Task<PreparedArtifact> PrepareAsync(
        ArtifactKind kind,
        LocalModel local,
        Sha256Digest modelDigest,
        SessionSettings settings,
        WarmupHints? hints,
        IReadOnlyList<GoldenSample>? samples,
        CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await artifacts.FindAsync(kind, modelDigest, settings, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            OriginalCheck.Check(local);
            PreparationWork work = new()
            {
                Kind = kind,
                Model = $"{local.Model.Name}:{local.Model.Version}",
                Source = local.EntryPath,
                SourceBytes = local.Model.Document?.Manifest.TotalSize ?? new FileInfo(local.EntryPath).Length,
                Key = artifacts.KeyOf(kind, modelDigest, settings),
                Settings = settings,
                Hints = hints,
                Samples = samples,
                Store = ChooseStore(kind, local),
            };
            return await PrepareOnceAsync(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<PreparedArtifact> PrepareOnceAsync(PreparationWork work, CancellationToken cancellationToken)
    {
        try
        {
            work.Store.Create(work.Store.Prepared);
            PreparedArtifact? others = null;
            var held = await locks.AcquireAsync(work.Store.LockPath(work.Key.Name), async token =>
            {
                others = await artifacts.FindStoredAsync(work.Store, work.Kind, work.Key, token).ConfigureAwait(false);
                return others is not null;
            }, cancellationToken).ConfigureAwait(false);
            await using var holding = held.ConfigureAwait(false);

            // Asked once more: between the last look and the lock somebody may have published.
            others ??= await artifacts.FindStoredAsync(work.Store, work.Kind, work.Key, cancellationToken).ConfigureAwait(false);
            return others ?? await Task.Run(() => MakeAsync(work, held.Outcome == LockOutcome.Held, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw work.Full(e.Message.TrimEnd('.', ' '), e);
        }
    }

    private async Task<PreparedArtifact> MakeAsync(PreparationWork work, bool holdsLock, CancellationToken cancellationToken)
    {
        upkeep?.MakeRoom(work.Store, work.NeededBytes, growth: 0);
        work.ThrowIfNoRoom();
        var begun = time.GetTimestamp();
        PreparationLog.Begins(logger, work.Kind, work.Model, work.Store.Prepared);

        // 1. Everything is made, compared and flushed in a folder that nobody else looks at.
        using var workspace = PreparationWorkspace.Create(work.Store.Prepared, work.Key, holdsLock, logger);
        var document = await new PreparationLadder(work, workspace, time, logger).ClimbAsync(cancellationToken).ConfigureAwait(false);
        NativeHeap.Trim();

        // 2. The document comes last, so a folder that has one is whole.
        var digest = await ArtifactWriter.WriteAsync(workspace.Folder, document, cancellationToken).ConfigureAwait(false);

        // 3. The rename publishes it, in use from the first moment. Whoever was first wins; the two are interchangeable.
        var use = await work.Store.Uses.TakeAsync(work.Key.Name, cancellationToken).ConfigureAwait(false);
        var folder = work.Store.PreparedPath(work.Key.Name);
        if (!DurableFolder.TryPublish(workspace.Folder, folder))
        {
            use.Dispose();
            return await artifacts.FindStoredAsync(work.Store, work.Kind, work.Key, cancellationToken).ConfigureAwait(false)
                ?? throw work.Full($"'{folder}' is in the way and cannot be removed", null);
        }

        PreparedArtifact artifact = new(document, digest, folder, TrustBasis.Hashed) { Use = use };
        PreparationLog.Done(logger, work.Kind, work.Model, time.GetElapsedTime(begun).TotalSeconds, artifact.Form, artifact.SizeBytes);
        upkeep?.MakeRoom(work.Store, free: 0, growth: 0);
        Recorded = RecordAsync(work.Store, artifact, artifact.Use.Share(), Recorded, cancellationToken);
        return artifact;
    }

    /// <summary>A record may not follow a change at once, so it waits, behind everything else; without it the next start hashes once.</summary>
    private async Task RecordAsync(StoreFolder store, PreparedArtifact artifact, UseMark use, Task earlier, CancellationToken cancellationToken)
    {
        using var inUse = use;
        try
        {
            await earlier.ConfigureAwait(false);
            await Task.Delay(SettlingTime, time, cancellationToken).ConfigureAwait(false);
            var snapshot = await artifacts.HashAsync(artifact, ArtifactFolder.FilesOf(artifact), cancellationToken).ConfigureAwait(false);
            artifacts.Record(store, artifact, snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException or ModelPersistenceException)
        {
            PreparationLog.NotRecorded(logger, artifact.Folder, e.Message);
        }
    }

    /// <summary>
    /// The portable artifact goes where all hosts share it, the packed one stays with the processor. A network volume from which nothing
    /// is mapped in place gets neither.
    /// </summary>
    private StoreFolder ChooseStore(ArtifactKind kind, LocalModel local)
    {
        var candidates = stores
            .Where(static store => !store.IsNetwork || store.MapFrom == Configuration.MapFrom.InPlace)
            .OrderBy(store => store.IsShared == (kind == ArtifactKind.Portable) ? 0 : 1);
        List<string> reasons = [];
        foreach (var store in candidates)
        {
            if (store.WhyNotWritable() is not { } reason)
            {
                return store;
            }

            reasons.Add(reason);
        }

        throw new ModelStorageException("store",
            $"Nothing prepared of model '{local.Model.Name}' can be saved: {string.Join("; ", reasons.DefaultIfEmpty("no writable folder is configured"))}. Set ModelManagement:CachePath to a writable folder.",
            isTransient: false)
        { Model = local.Model.Name };
    }
}
