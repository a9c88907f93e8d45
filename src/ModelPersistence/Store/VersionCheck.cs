using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>Verifies the files of a version, by record where one fits and by hash where none does, and keeps the records.</summary>
internal sealed class VersionCheck(StoreSettings settings, StoreFolder cache, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // A little more than the rule asks for, so that a clock that ticks coarsely does not send us around again.
    private static readonly TimeSpan RecordDelay = VerificationRecords.FreshFor + TimeSpan.FromMilliseconds(200);
    private const int RecordAttempts = 3;

    // By then the system has written back what was written; a flush costs nothing any more.
    private static readonly TimeSpan FlushedAfter = TimeSpan.FromSeconds(60);

    private readonly AttributeCache _attributes = new(settings.AttributeCacheTimeout, time, logger);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _later = new(StringComparer.Ordinal);

    /// <summary>Makes sure that the files of a version in a tree of ours survive a power loss, since a record vouches for them.</summary>
    public Action<StoredModel, StoreFolder> Flush { get; init; } = static (stored, folder) => DurableFile.FlushTree(stored.Files.Select(static local => local.FullPath), folder.Root);

    /// <summary>Completes when no record is waiting to be written any more.</summary>
    public Task WhenRecorded()
    {
        lock (_gate)
        {
            return Task.WhenAll(_later.Values);
        }
    }

    /// <summary>Whether a record stands for the files as they are now.</summary>
    public bool HasRecord(StoredModel stored)
    {
        var digest = stored.Model.Document!.Digest;
        return (stored.Folder is { IsShared: true } shared && shared.Records.Fits(digest, SharedScope(stored), stored.Files))
            || cache.Records.Fits(digest, stored.EntryPath, stored.Files);
    }

    /// <summary>Gives a network volume the time to show files that another host wrote.</summary>
    public Task WaitForVolumeAsync(StoredModel stored, ReadProgress progress, CancellationToken cancellationToken) =>
        stored.Folder is { IsNetwork: true } volume
            ? _attributes.WaitAsync(stored.DisplayName, volume.Name, stored.Files, progress, cancellationToken)
            : Task.CompletedTask;

    /// <summary>Refuses files that are missing, of another size, or links, without reading them.</summary>
    public static void ThrowIfDamaged(StoredModel stored)
    {
        foreach (var local in stored.Files)
        {
            FileGuard.Check(stored.DisplayName, local, allowHardLinks: true, VerifyOptions.Default.Remedy);
        }
    }

    /// <summary>Hashes every byte, then writes the record or arranges for it to be written later.</summary>
    public async Task HashAsync(StoredModel stored, int parallelism, ReadProgress progress, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await WaitForVolumeAsync(stored, progress, cancellationToken).ConfigureAwait(false);
        var snapshot = await VerifyAsync(stored, parallelism, progress, cancellationToken).ConfigureAwait(false);
        RecordOutcome? outcome = stored.Folder is null || HaveRested(snapshot) ? TryRecord(stored, snapshot) : null;
        if (outcome is null or RecordOutcome.TooFresh)
        {
            RecordLater(stored, outcome is null ? snapshot : null);
        }

        StoreLog.Verified(logger, stored.DisplayName, time.GetElapsedTime(begun).TotalMilliseconds, progress.Bytes, outcome?.ToString() ?? "behind");
    }

    /// <summary>
    /// Writes a record when the files are flushed and have rested long enough. They are hashed again then: a change inside the time in which
    /// it could hide would otherwise be vouched for.
    /// </summary>
    /// <param name="stored">The version.</param>
    /// <param name="verified">What was hashed just now, if anything; when it has rested already that is enough.</param>
    public void RecordLater(StoredModel stored, FileSnapshot? verified = null)
    {
        if (cache.WhyNotWritable() is { } reason && stored.Folder is not { IsShared: true, Records.IsEnabled: true })
        {
            StoreLog.NotRecorded(logger, stored.DisplayName, $"{reason}.");
            return;
        }

        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || _later.ContainsKey(stored.EntryPath))
            {
                return;
            }

            // Reads the files when whoever asked may be done with them.
            var use = stored.Use.Share();
            var later = Task.Run(() => RecordLaterAsync(stored, verified, use, _stopping.Token), CancellationToken.None);
            _later.Add(stored.EntryPath, later);
            _ = later.ContinueWith(_ => Forget(stored.EntryPath), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await WhenRecorded().ConfigureAwait(false);
    }

    // Every host that shares a volume mounts it somewhere else.
    private static string SharedScope(StoredModel stored) => $"{stored.Model.Name}/{stored.Model.Version}";

    private async Task RecordLaterAsync(StoredModel stored, FileSnapshot? verified, UseMark use, CancellationToken stopping)
    {
        using var inUse = use;
        try
        {
            if (verified is not null && TryRecord(stored, verified) is not RecordOutcome.TooFresh)
            {
                return;
            }

            for (var attempt = 0; attempt < RecordAttempts; attempt++)
            {
                await Task.Delay(RecordDelay, time, stopping).ConfigureAwait(false);
                var outcome = TryRecord(stored, await VerifyAsync(stored, parallelism: 1, new ReadProgress(), stopping).ConfigureAwait(false));
                if (outcome is RecordOutcome.Written)
                {
                    return;
                }

                StoreLog.NotRecorded(logger, stored.DisplayName, $"{outcome}.");
            }
        }
        catch (OperationCanceledException)
        {
            // The next start verifies once more.
        }
        catch (ModelIntegrityException e)
        {
            StoreLog.DamagedBehind(logger, e, stored.DisplayName);
        }
        catch (Exception e)
        {
            StoreLog.NotRecorded(logger, stored.DisplayName, e.Message);
        }
    }

    private Task<FileSnapshot> VerifyAsync(StoredModel stored, int parallelism, ReadProgress progress, CancellationToken cancellationToken) =>
        FileVerifier.VerifyAsync(stored.DisplayName, stored.Files, new VerifyOptions
        {
            Parallelism = parallelism,
            AllowHardLinks = stored.Folder is { IsShared: false },
            Progress = progress,
            Time = time,
        }, cancellationToken);

    private static bool HaveRested(FileSnapshot snapshot) =>
        snapshot.Identities.All(identity => (snapshot.TakenAt - DateTimeOffset.UnixEpoch).TotalSeconds - (identity.NewestNs / 1e9) > FlushedAfter.TotalSeconds);

    private RecordOutcome TryRecord(StoredModel stored, FileSnapshot snapshot)
    {
        if (stored.Folder is { } folder)
        {
            try
            {
                Flush(stored, folder);
            }
            catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
            {
                return RecordOutcome.Unwritable;
            }
        }

        var digest = stored.Model.Document!.Digest;
        if (stored.Folder is { IsShared: true, Records.IsEnabled: true } shared && shared.WhyNotWritable() is null)
        {
            var outcome = shared.Records.TryWrite(digest, SharedScope(stored), snapshot);
            if (outcome != RecordOutcome.Unwritable)
            {
                return outcome;
            }
        }

        return cache.WhyNotWritable() is null ? cache.Records.TryWrite(digest, stored.EntryPath, snapshot) : RecordOutcome.Unwritable;
    }

    private void Forget(string entryPath)
    {
        lock (_gate)
        {
            _later.Remove(entryPath);
        }
    }
}
