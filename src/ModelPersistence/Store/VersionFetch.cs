using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Telemetry;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>Makes sure that a version is whole in one tree: once in this process, once across processes where locks work.</summary>
internal sealed class VersionFetch(StoreSettings settings, ICrossProcessLocks locks, TimeProvider time, ILogger logger, StoreUpkeep? upkeep = null, ModelMetrics? metrics = null)
{
    private readonly FileFetcher _fetcher = new(settings, time, logger);
    private readonly SingleFlight<string, FetchOutcome> _flights = new(time, settings.AbandonAfter);
    private readonly ConcurrentDictionary<string, ProgressFeed> _feeds = new(StringComparer.Ordinal);

    /// <summary>Whether the tree has the version, by the very bytes of its manifest.</summary>
    public static bool IsThere(StoreFolder folder, ManifestDocument document)
    {
        var path = folder.ManifestPath(document.Manifest.Name, document.Manifest.Version);
        try
        {
            return FileIdentity.TryRead(path) is { Kind: FileKind.Regular } identity
                && identity.Size == document.Utf8Json.Length
                && File.ReadAllBytes(path).AsSpan().SequenceEqual(document.Utf8Json.Span);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            // Whoever then tries to write there meets the same fault and can name it.
            return false;
        }
    }

    /// <param name="job">The work, if nobody else has begun it.</param>
    /// <param name="keepGoing">Whether the work goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <param name="progress">Is told how far the work has come, whoever began it.</param>
    public async Task<FetchOutcome> EnsureAsync(FetchJob job, bool keepGoing, CancellationToken cancellationToken, IProgress<ModelDownloadProgress>? progress = null)
    {
        var key = $"{job.Document.Digest.Hex} {job.Target.Root}";
        var feed = job.Feed = _feeds.GetOrAdd(key, _ => new ProgressFeed(time));
        if (progress is not null)
        {
            feed.Add(progress);
        }

        try
        {
            return await _flights.RunAsync(key, async token =>
            {
                try
                {
                    return await WatchedAsync(job, FetchOnceAsync, token).ConfigureAwait(false);
                }
                finally
                {
                    _feeds.TryRemove(key, out _);
                }
            }, keepGoing, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (progress is not null)
            {
                feed.Remove(progress);
            }
        }
    }

    /// <summary>Fetches again what is damaged in a version that is there.</summary>
    /// <remarks>A flight of its own: one that only makes sure that the version is there would end without having looked at a byte.</remarks>
    public Task RepairAsync(FetchJob job, bool keepGoing, CancellationToken cancellationToken) =>
        _flights.RunAsync($"repair {job.Document.Digest.Hex} {job.Target.Root}", token => WatchedAsync(job, RepairOnceAsync, token), keepGoing, cancellationToken);

    private Task<FetchOutcome> WatchedAsync(FetchJob job, Func<FetchJob, CancellationToken, Task<FetchOutcome>> work, CancellationToken cancellationToken) =>
        job.Target.IsShared
            ? VolumeWatch.RunAsync(
                token => work(job, token),
                job.Progress,
                settings.VolumeTimeout,
                time,
                e => StoreFailure.Stuck(job.Target.Name, job.DisplayName, job.Folder, settings.VolumeTimeout, e),
                cancellationToken)
            : work(job, cancellationToken);

    private async Task<FetchOutcome> FetchOnceAsync(FetchJob job, CancellationToken cancellationToken)
    {
        var lockPath = job.Target.LockPath($"{job.Manifest.Name}@{job.Manifest.Version}");
        var held = await locks.AcquireAsync(
            lockPath,
            _ =>
            {
                // Waiting for another process is not being stuck.
                job.Progress.Add(1);
                return ValueTask.FromResult(IsThere(job.Target, job.Document));
            },
            cancellationToken).ConfigureAwait(false);
        await using var release = held.ConfigureAwait(false);
        if (held.Outcome == LockOutcome.Done)
        {
            return FetchOutcome.None;
        }

        // Held by the work itself: whoever began it may be gone before it ends.
        using var use = await job.Target.Uses.TakeAsync(UseMarks.KeyOf(job.Document.Digest), cancellationToken).ConfigureAwait(false);
        Look(job, () => MakeWay(job));
        MakeRoom(job);
        await TransferAsync(job, cancellationToken).ConfigureAwait(false);
        upkeep?.MakeRoom(job.Target, free: 0, growth: 0);
        return new FetchOutcome(IsHashed: true, job.FetchedBytes, job.ReusedBytes);
    }

    private async Task<FetchOutcome> RepairOnceAsync(FetchJob job, CancellationToken cancellationToken)
    {
        var lockPath = job.Target.LockPath($"{job.Manifest.Name}@{job.Manifest.Version}");
        var held = await locks.AcquireAsync(
            lockPath,
            _ =>
            {
                job.Progress.Add(1);
                return ValueTask.FromResult(false);
            },
            cancellationToken).ConfigureAwait(false);
        await using var release = held.ConfigureAwait(false);
        using var use = await job.Target.Uses.TakeAsync(UseMarks.KeyOf(job.Document.Digest), cancellationToken).ConfigureAwait(false);
        await TransferAsync(job, cancellationToken).ConfigureAwait(false);
        return new FetchOutcome(IsHashed: true, job.FetchedBytes, job.ReusedBytes);
    }

    private async Task TransferAsync(FetchJob job, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var source = job.Sources.Providers is [var first, ..] ? first.Name : "none";
        try
        {
            await _fetcher.FetchAsync(job, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also what came before a failure was paid for.
            metrics?.Downloaded(job.Manifest.Name, source, job.FetchedBytes, job.ReusedBytes, time.GetElapsedTime(begun));
            foreach (var liar in job.WrongSources)
            {
                metrics?.IntegrityFailed(job.Manifest.Name, liar);
            }
        }
    }

    /// <summary>Versions are immutable: another content under the same version is an error where others share it, and out of date in a cache.</summary>
    private bool MakeWay(FetchJob job)
    {
        var path = job.Target.ManifestPath(job.Manifest.Name, job.Manifest.Version);
        if (FileIdentity.TryRead(path) is null)
        {
            return false;
        }

        var actual = Sha256Digest.Of(File.ReadAllBytes(path));
        if (actual == job.Document.Digest)
        {
            return false;
        }

        if (job.Target.IsShared)
        {
            throw new ModelIntegrityException(
                $"'{job.Target.Name}' holds model '{job.DisplayName}' with the digest {actual}, but {job.Sources.Names} has it with {job.Document.Digest}: versions never change. Publish the new content as a new version, or delete '{job.Folder}' if it is the wrong one.")
            { Model = job.DisplayName, File = RepositoryLayout.ManifestName, Expected = job.Document.Digest, Actual = actual };
        }

        job.Target.Create(job.Target.Trash);
        var trash = Path.Combine(job.Target.Trash, $"{job.Manifest.Name}@{job.Manifest.Version}.{actual.Hex[..16]}.{Path.GetRandomFileName()}");
        Directory.Move(job.Folder, trash);
        StoreLog.MovedAside(logger, job.DisplayName, job.Folder, trash);
        return true;
    }

    private void MakeRoom(FetchJob job)
    {
        // What is really there has been counted as used already; the rest is needed. A partial file has its full length from the start.
        var needed = job.Manifest.Files.Sum(file => Math.Max(0, file.Size - BytesThere(job, file)));
        upkeep?.MakeRoom(job.Target, needed, needed);
        if (job.Target.FreeBytes() is { } free && needed > free)
        {
            throw StoreFailure.NoRoom(job.Target, job.DisplayName, needed, free);
        }
    }

    private static long BytesThere(FetchJob job, ModelFile file) =>
        FileIdentity.TryRead(Path.Combine(job.Folder, file.StoredAt))?.Size ?? FileIdentity.TryRead(job.PartialPath(file))?.Allocated ?? 0;

    private static bool Look(FetchJob job, Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, job.Folder, e);
        }
    }
}
