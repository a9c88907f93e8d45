using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Store;

/// <summary>Keeps the writable trees clean: the local cache by itself, a shared volume when it is told to.</summary>
internal sealed class StoreUpkeep(
    StoreSettings settings,
    IReadOnlyList<StoreFolder> sharedVolumes,
    StoreFolder cache,
    IArtifactCatalog? catalog,
    TimeProvider time,
    ILogger<StoreUpkeep> logger,
    Action<CleanupStep>? reached = null,
    ModelMetrics? metrics = null)
{
    private static readonly TimeSpan CacheGrace = TimeSpan.FromHours(1);
    private static readonly TimeSpan VolumeGrace = TimeSpan.FromHours(24);

    private readonly CacheRoom _room = new(settings.MaxStoreBytes, cache, catalog, new TreeRemoval(cache, time, logger, reached), time, logger, metrics);
    private int _collected;

    /// <summary>Why the local cache takes more than <c>MaxStoreBytes</c>; null when it does not. For the status.</summary>
    public string? OverLimit => _room.OverLimit;

    /// <summary>Makes room for what is about to be written to a tree, as far as it can. Only the local cache gives any.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="free">The bytes that are going to be written.</param>
    /// <param name="growth">The bytes of them that will stay; 0 after they were written.</param>
    public void MakeRoom(StoreFolder tree, long free, long growth)
    {
        if (tree.Root != cache.Root || cache.WhyNotWritable() is not null)
        {
            return;
        }

        try
        {
            _room.Make(free, growth);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            // Room is a favour to whoever writes, who will meet the same fault and can name it.
            StoreLog.NotRemoved(logger, e, cache.Root);
        }
    }

    /// <summary>Removes what crashes have left in the local cache: once in this process, and only what is older than an hour.</summary>
    public Task CollectAsync(CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _collected, 1) != 0 || cache.WhyNotWritable() is not null
            ? Task.CompletedTask
            : Task.Run(
                () =>
                {
                    try
                    {
                        Tell(Clean(cache, new CleanupOptions(), new ReadProgress(), cancellationToken));
                    }
                    catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
                    {
                        StoreLog.NotRemoved(logger, e, cache.Root);
                    }
                },
                cancellationToken);

    /// <inheritdoc cref="IModelStore.CleanupAsync"/>
    public async Task<CleanupReport> CleanupAsync(CleanupOptions options, CancellationToken cancellationToken)
    {
        if (options.GracePeriod is { } grace)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero, nameof(options));
        }

        if (options.MaxBytes is { } max)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(max, nameof(options));
        }

        var tree = TreeNamed(options.Repository);
        ReadProgress progress = new();
        try
        {
            if (tree.IsShared && !Directory.Exists(tree.Root))
            {
                throw new DirectoryNotFoundException("the folder does not exist (is the volume mounted?).");
            }

            var report = tree.IsShared
                ? await VolumeWatch.RunAsync(
                    token => Task.FromResult(Clean(tree, options, progress, token)),
                    progress,
                    settings.VolumeTimeout,
                    time,
                    e => StoreFailure.CleanupStuck(tree, settings.VolumeTimeout, e),
                    cancellationToken).ConfigureAwait(false)
                : await Task.Run(() => Clean(tree, options, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
            Tell(report);
            return report;
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Cleaning(tree, e);
        }
    }

    private StoreFolder TreeNamed(string? repository) =>
        repository is null
            ? cache
            : sharedVolumes.FirstOrDefault(volume => volume.Name == repository)
                ?? throw new ArgumentException(
                    $"'{ModelName.Printable(repository)}' is no shared volume of this host; there is {(sharedVolumes.Count == 0 ? "none" : string.Join(", ", sharedVolumes.Select(static volume => $"'{volume.Name}'")))}. Leave CleanupOptions.Repository out to clean the local cache.");

    private CleanupReport Clean(StoreFolder tree, CleanupOptions options, ReadProgress progress, CancellationToken cancellationToken)
    {
        var grace = options.GracePeriod ?? (tree.IsShared ? VolumeGrace : CacheGrace);
        TreeCleanup cleanup = new(tree, catalog, new TreeRemoval(tree, time, logger, reached), grace, options.DryRun, time);
        return new CleanupReport { Folder = tree.Root, DryRun = options.DryRun, Items = cleanup.Run(options.MaxBytes, progress, cancellationToken) };
    }

    private void Tell(CleanupReport report)
    {
        if (!report.DryRun && report.Folder == cache.Root)
        {
            _room.LookAgain();
        }

        if (!report.DryRun && report.Items.Count > 0)
        {
            StoreLog.Cleaned(logger, report.Folder, report.Items.Count(static item => item.Outcome == CleanupOutcome.Removed), report.RemovedBytes, report.Items.Count(static item => item.Outcome != CleanupOutcome.Removed));
        }
    }
}
