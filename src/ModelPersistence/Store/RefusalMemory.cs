using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>
/// Remembers, in the nearest tree that can be written, which versions were turned back, so that neither a restart nor another host that
/// shares the tree tries them again until their alias moves. Best effort: what cannot be remembered is tried again. Of processes that write
/// at once the last one wins, and what it did not know of is tried again too.
/// </summary>
internal sealed class RefusalMemory(IReadOnlyList<StoreFolder> targets, TimeSpan volumeTimeout, TimeProvider time, ILogger<RefusalMemory> logger) : IDisposable
{
    // Within this process nothing is lost between reading and writing.
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>What was turned back of a model, as all trees know it; empty in the ordinary case, which costs one look for a file in each tree.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<IReadOnlyList<RefusedVersion>> ReadAsync(string model, CancellationToken cancellationToken)
    {
        ModelName.Require(model, nameof(model));

        // On the way of every start: a state machine is paid for only where a volume may hang.
        return targets.Any(MayHang)
            ? ReadWatchedAsync(model, cancellationToken)
            : new([.. targets.SelectMany(folder => Guarded(folder, model, () => Read(folder, model)) ?? [])]);
    }

    /// <summary>Remembers a version. Those of older revisions are forgotten with it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task RememberAsync(RefusedVersion refused, CancellationToken cancellationToken)
    {
        ModelName.Require(refused.Model, nameof(refused));
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var folder in targets)
            {
                if (await WatchedAsync(folder, refused.Model, () => TryWrite(folder, refused), cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }

            StoreLog.RefusalNotRemembered(logger, $"{refused.Model}:{refused.Version}");
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask<IReadOnlyList<RefusedVersion>> ReadWatchedAsync(string model, CancellationToken cancellationToken)
    {
        List<RefusedVersion> all = [];
        foreach (var folder in targets)
        {
            all.AddRange(await WatchedAsync(folder, model, () => Read(folder, model), cancellationToken).ConfigureAwait(false) ?? []);
        }

        return all;
    }

    private RefusedVersion[] Read(StoreFolder folder, string model)
    {
        var path = folder.RefusedPath(model);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            if (length > RefusedVersionJson.MaxBytes)
            {
                throw new FormatException($"it has {length} bytes, {RefusedVersionJson.MaxBytes} are allowed");
            }

            var bytes = new byte[length];
            return RefusedVersionJson.Read(model, bytes.AsMemory(0, RandomAccess.Read(handle, bytes, 0)));
        }
        catch (FormatException e)
        {
            StoreLog.RefusalsDamaged(logger, path, model, e.Message);
            return [];
        }
    }

    private bool TryWrite(StoreFolder folder, RefusedVersion refused)
    {
        if (folder.WhyNotWritable() is not null)
        {
            return false;
        }

        var known = Read(folder, refused.Model);
        if (known.Any(other => other.Selector == refused.Selector && other.Revision > refused.Revision))
        {
            // Whoever wrote that has seen the alias move since.
            return true;
        }

        List<RefusedVersion> kept =
        [
            .. known
                .Where(other => other.Revision >= refused.Revision && (other.Selector != refused.Selector || other.Version != refused.Version || other.Digest != refused.Digest))
                .OrderByDescending(static other => other.At)
                .Take(RefusedVersionJson.MaxEntries - 1),
            refused,
        ];
        var path = folder.RefusedPath(refused.Model);
        folder.Create(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, RefusedVersionJson.Write(refused.Model, kept).Span);
        return true;
    }

    private static bool MayHang(StoreFolder folder) => folder is { IsShared: true, IsNetwork: true };

    /// <summary>Under the limit where a volume may hang, inline where it cannot. A fault counts as nothing found or nothing written.</summary>
    private async ValueTask<T?> WatchedAsync<T>(StoreFolder folder, string model, Func<T> work, CancellationToken cancellationToken)
    {
        if (!MayHang(folder))
        {
            return Guarded(folder, model, work);
        }

        try
        {
            return await VolumeWatch.RunAsync(
                _ => Task.FromResult(work()),
                new ReadProgress(),
                volumeTimeout,
                time,
                e => StoreFailure.Stuck(folder.Name, model, folder.Root, volumeTimeout, e),
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e))
        {
            StoreLog.RefusalsNotReached(logger, model, folder.Name, e.Message);
            return default;
        }
    }

    private T? Guarded<T>(StoreFolder folder, string model, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsFault(e))
        {
            StoreLog.RefusalsNotReached(logger, model, folder.Name, e.Message);
            return default;
        }
    }

    private static bool IsFault(Exception e) => StoreFailure.IsOfFileSystem(e) || e is ModelStorageException;
}
