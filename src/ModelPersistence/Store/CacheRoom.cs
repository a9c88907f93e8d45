using Microsoft.Extensions.Logging;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Store;

/// <summary>
/// Keeps the local cache within its limit and makes room on its disk: what is in the trash goes first, then artifacts that no process
/// like this one would find, then whole families, least recently used first. Never what somebody uses, on whatever account.
/// </summary>
internal sealed class CacheRoom(long? maxBytes, StoreFolder cache, IArtifactCatalog? catalog, TreeRemoval removal, TimeProvider time, ILogger logger, ModelMetrics? metrics = null)
{
    // What a start of another version of the host may be about to use, and what is just being written.
    private static readonly TimeSpan Recently = TimeSpan.FromHours(1);

    // Where locks may not work a user is known by its heartbeat alone, of which one may be missed.
    private static readonly TimeSpan SilentFor = 2.5 * UseMarks.HeartbeatInterval;

    private readonly Lock _gate = new();
    private volatile string? _overLimit;

    /// <summary>Why the cache takes more than it may; null when it does not.</summary>
    public string? OverLimit => _overLimit;

    /// <summary>Makes room as far as it can; what does not fit even then is for the caller to find out.</summary>
    /// <param name="free">The bytes that are going to be written.</param>
    /// <param name="growth">The bytes of them that will stay.</param>
    public void Make(long free, long growth)
    {
        if (cache.FreeBytes() is { } available && available < free)
        {
            lock (_gate)
            {
                Evict(free - available, "the disk is full");
            }
        }

        if (maxBytes is { } max)
        {
            KeepWithin(max, growth);
        }
    }

    /// <summary>Others have removed something: perhaps it fits by now.</summary>
    public void LookAgain()
    {
        lock (_gate)
        {
            if (_overLimit is not null && maxBytes is { } max && DiskUsage.Of(cache.Root).Bytes <= max)
            {
                _overLimit = null;
            }
        }
    }

    private void KeepWithin(long max, long growth)
    {
        lock (_gate)
        {
            var over = DiskUsage.Of(cache.Root).Bytes + growth - max;
            var left = over > 0 ? over - Evict(over, "ModelManagement:MaxStoreBytes") : 0;
            if (left <= 0)
            {
                _overLimit = null;
            }
            else if (_overLimit is null)
            {
                _overLimit = $"The local cache '{cache.Root}' takes {left} bytes more than its limit of {max} (ModelManagement:MaxStoreBytes), because everything in it is in use. Raise the limit, or serve fewer models here.";
                StoreLog.OverLimit(logger, _overLimit);
            }
        }
    }

    /// <summary>Removes until so many bytes are gone. Answers how many are.</summary>
    private long Evict(long bytes, string why)
    {
        long gone = 0;
        foreach (var things in Candidates())
        {
            if (gone >= bytes)
            {
                break;
            }

            if (removal.Remove(things, dryRun: false) == CleanupOutcome.Removed)
            {
                var size = things.Sum(static thing => thing.Bytes);
                gone += size;
                metrics?.EvictedFromDisk(things.Count);
                StoreLog.Evicted(logger, string.Join(", ", things.Select(thing => Path.GetRelativePath(cache.Root, thing.Path))), size, things.Max(static thing => thing.LastUse), why);
            }
        }

        return gone;
    }

    private IEnumerable<IReadOnlyList<StoredThing>> Candidates()
    {
        var inventory = TreeInventory.Read(cache, catalog);
        var now = time.GetUtcNow();
        foreach (var trash in new TreeLeftovers(cache, inventory).FindTrash())
        {
            yield return [trash];
        }

        HashSet<string> offered = new(StringComparer.Ordinal);
        foreach (var artifact in inventory.Families.SelectMany(static family => family.Things).Where(static thing => thing.IsOutdated).OrderBy(static thing => thing.LastUse))
        {
            if (now - artifact.LastUse >= Recently && offered.Add(artifact.Path))
            {
                yield return [artifact];
            }
        }

        foreach (var family in inventory.Families.OrderBy(static family => family.LastUse))
        {
            // What no mark stands for is a version that is just being written, where the locks of downloads do not work.
            var quiet = cache.IsNetwork ? SilentFor : family.Things.All(static thing => thing.Mark is null) ? Recently : TimeSpan.Zero;
            if ((quiet == TimeSpan.Zero || now - family.LastUse >= quiet) && family.Things.Where(static thing => Path.Exists(thing.Path)).ToList() is { Count: > 0 } things)
            {
                yield return things;
            }
        }
    }
}
