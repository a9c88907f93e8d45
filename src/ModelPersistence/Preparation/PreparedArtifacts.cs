using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>
/// Finds prepared artifacts: first those that came with an image, then those of the store. Nothing is answered that is not whole, of this
/// very key and trusted; what is broken is removed, so that it is prepared again.
/// </summary>
internal sealed class PreparedArtifacts(
    IReadOnlyList<PreparedRoot> roots,
    IReadOnlyList<StoreFolder> stores,
    StoreFolder cache,
    TimeProvider time,
    ILogger<PreparedArtifacts> logger)
{
    private readonly Lazy<string> _runtime = new(() => RuntimeIdentity.Read(Path.Combine(cache.Root, ".runtimes")));

    // What cannot be removed must at least not be found again by this process.
    private readonly ConcurrentDictionary<string, bool> _distrusted = new(StringComparer.Ordinal);

    /// <summary>Stands for the runtime and the processor in keys; tests put others in their place.</summary>
    internal string? RuntimeText { get; init; }

    internal string? CpuText { get; init; }

    /// <summary>How long a shared volume may show no progress before its artifacts are passed over.</summary>
    internal TimeSpan VolumeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public ArtifactKey KeyOf(ArtifactKind kind, Sha256Digest modelDigest, SessionSettings settings) =>
        ArtifactKey.Of(kind, modelDigest, settings, RuntimeText ?? _runtime.Value, kind == ArtifactKind.Packed ? CpuText ?? CpuIdentity.Current : "");

    /// <summary>Whether a process like this one could find an artifact of this key.</summary>
    public bool CouldFind(string key, ArtifactKind kind) => ArtifactKey.CouldBeAsked(key, kind, RuntimeText ?? _runtime.Value, CpuText ?? CpuIdentity.Current);

    /// <summary>The artifact, or null when there is none that may be used. Completes synchronously unless files have to be hashed.</summary>
    public async ValueTask<PreparedArtifact?> FindAsync(
        ArtifactKind kind, Sha256Digest modelDigest, SessionSettings settings, CancellationToken cancellationToken)
    {
        var key = KeyOf(kind, modelDigest, settings);
        foreach (var root in roots)
        {
            if (await FindBakedAsync(root, kind, key, cancellationToken).ConfigureAwait(false) is { } baked)
            {
                return baked;
            }
        }

        foreach (var store in stores)
        {
            if (await FindStoredAsync(store, kind, key, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                return stored;
            }
        }

        return null;
    }

    public async ValueTask<PreparedArtifact?> FindStoredAsync(StoreFolder store, ArtifactKind kind, ArtifactKey key, CancellationToken cancellationToken)
    {
        ReadProgress progress = new();
        if (!store.IsNetwork)
        {
            return await LookAsync(store, kind, key, progress, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await VolumeWatch.RunAsync(
                token => LookAsync(store, kind, key, progress, token).AsTask(),
                progress,
                VolumeTimeout,
                time,
                e => StoreFailure.Stuck(store.Name, key.Name, store.Prepared, VolumeTimeout, e),
                cancellationToken).ConfigureAwait(false);
        }
        catch (ModelStorageException e)
        {
            PreparationLog.Unreadable(logger, e, store.PreparedPath(key.Name));
            return null;
        }
    }

    private async ValueTask<PreparedArtifact?> LookAsync(
        StoreFolder store, ArtifactKind kind, ArtifactKey key, ReadProgress progress, CancellationToken cancellationToken)
    {
        var folder = store.PreparedPath(key.Name);
        var use = UseMark.None;
        PreparedArtifact? found = null;
        try
        {
            if (FileIdentity.TryRead(folder) is null)
            {
                // No mark is made for what was never there.
                return null;
            }

            use = await store.Uses.TakeAsync(key.Name, cancellationToken).ConfigureAwait(false);
            var (artifact, problem) = ArtifactFolder.TryRead(folder, kind, key);
            if (artifact is null)
            {
                if (problem is not null)
                {
                    Remove(folder, problem);
                }

                return null;
            }

            var files = ArtifactFolder.FilesOf(artifact);
            if (HasRecord(store, artifact, files))
            {
                return found = artifact with { Trust = TrustBasis.Record, Use = use };
            }

            var snapshot = await HashAsync(artifact, files, cancellationToken, progress).ConfigureAwait(false);
            Record(store, artifact, snapshot);
            return found = artifact with { Trust = TrustBasis.Hashed, Use = use };
        }
        catch (ModelIntegrityException e)
        {
            Remove(folder, e.Message);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            PreparationLog.Unreadable(logger, e, folder);
            return null;
        }
        finally
        {
            if (found is null)
            {
                use.Dispose();
            }
        }
    }

    /// <summary>Hashes what was trusted without hashing, behind the start.</summary>
    /// <exception cref="ModelIntegrityException">The files are not what the document says.</exception>
    public async Task VerifyAsync(PreparedArtifact artifact, CancellationToken cancellationToken)
    {
        try
        {
            var snapshot = await HashAsync(artifact, ArtifactFolder.FilesOf(artifact), cancellationToken).ConfigureAwait(false);
            Record(cache, artifact, snapshot);
        }
        catch (ModelIntegrityException)
        {
            _distrusted[artifact.Folder] = true;
            throw;
        }
    }

    /// <summary>Takes an artifact out of use that turned out not to open: removed from a store, passed over by this process in a read-only folder.</summary>
    public void Discard(PreparedArtifact artifact)
    {
        artifact.Use.Dispose();
        if (stores.Any(store => artifact.Folder.StartsWith(store.Prepared, StringComparison.Ordinal)))
        {
            Remove(artifact.Folder, "a session could not be opened on it.");
        }
        else
        {
            _distrusted[artifact.Folder] = true;
            PreparationLog.BakedIgnored(logger, artifact.Folder, "a session could not be opened on it.");
        }
    }

    /// <summary>Remembers that an artifact's files were hashed: in the store, or for this host alone where a shared volume has no key.</summary>
    public RecordOutcome Record(StoreFolder store, PreparedArtifact artifact, FileSnapshot snapshot)
    {
        var keeper = store.Records.IsEnabled ? store : cache;
        var outcome = keeper.Records.TryWrite(artifact.Digest, ScopeIn(keeper, artifact.Folder), snapshot);
        if (outcome != RecordOutcome.Written)
        {
            PreparationLog.NotRecorded(logger, artifact.Folder, outcome.ToString());
        }

        return outcome;
    }

    public Task<FileSnapshot> HashAsync(PreparedArtifact artifact, IReadOnlyList<LocalFile> files, CancellationToken cancellationToken, ReadProgress? progress = null) =>
        FileVerifier.VerifyAsync(artifact.Document.Model, files, new VerifyOptions
        {
            Remedy = $"The artifact is prepared again; delete '{artifact.Folder}' if this repeats.",
            Time = time,
            Progress = progress ?? new ReadProgress(),
        }, cancellationToken);

    private async ValueTask<PreparedArtifact?> FindBakedAsync(PreparedRoot root, ArtifactKind kind, ArtifactKey key, CancellationToken cancellationToken)
    {
        var folder = root.PreparedPath(key.Name);
        if (_distrusted.ContainsKey(folder))
        {
            return null;
        }

        try
        {
            var (artifact, problem) = ArtifactFolder.TryRead(folder, kind, key);
            if (artifact is null)
            {
                if (problem is not null)
                {
                    PreparationLog.BakedIgnored(logger, folder, problem);
                }

                return null;
            }

            var files = ArtifactFolder.FilesOf(artifact);
            if (root.Verification == VerificationMode.None)
            {
                return artifact with { Trust = TrustBasis.Unverified };
            }

            if (cache.Records.Fits(artifact.Digest, ScopeIn(cache, folder), files))
            {
                return artifact with { Trust = TrustBasis.Record };
            }

            if (root.Verification == VerificationMode.Background)
            {
                return artifact with { Trust = TrustBasis.Deferred };
            }

            await VerifyAsync(artifact, cancellationToken).ConfigureAwait(false);
            return artifact with { Trust = TrustBasis.Hashed };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelIntegrityException)
        {
            PreparationLog.BakedIgnored(logger, folder, e.Message);
            return null;
        }
    }

    private bool HasRecord(StoreFolder store, PreparedArtifact artifact, IReadOnlyList<LocalFile> files) =>
        store.Records.Fits(artifact.Digest, ScopeIn(store, artifact.Folder), files)
        || (store.IsShared && cache.Records.Fits(artifact.Digest, ScopeIn(cache, artifact.Folder), files));

    private void Remove(string folder, string reason)
    {
        PreparationLog.Discarded(logger, folder, reason);
        try
        {
            ArtifactFolder.Remove(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            PreparationLog.NotRemoved(logger, e, folder);
        }
    }

    // On a volume every host sees the folder under another path, so its records name it relative to the volume.
    private static string ScopeIn(StoreFolder store, string folder) =>
        store.IsShared && folder.StartsWith(store.Root, StringComparison.Ordinal) ? Path.GetRelativePath(store.Root, folder) : folder;
}
