using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>One clean-up of one tree: what crashes have left, then what does not fit, then locks and marks that stand for nothing.</summary>
internal sealed class TreeCleanup(StoreFolder tree, IArtifactCatalog? catalog, TreeRemoval removal, TimeSpan grace, bool dryRun, TimeProvider time)
{
    private readonly List<CleanupItem> _items = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public IReadOnlyList<CleanupItem> Run(long? maxBytes, ReadProgress progress, CancellationToken cancellationToken)
    {
        foreach (var thing in new TreeLeftovers(tree, TreeInventory.Read(tree, catalog)).Find())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Add(1);
            if (IsOld(thing.LastUse))
            {
                Remove([thing], thing.Reason);
            }
        }

        if (maxBytes is { } max)
        {
            Shrink(max, progress, cancellationToken);
        }

        foreach (var thing in new TreeLeftovers(tree, TreeInventory.Read(tree, catalog)).FindLocks())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Add(1);
            if (IsOld(thing.LastUse))
            {
                Remove([thing], thing.Reason);
            }
        }

        return _items;
    }

    private void Shrink(long max, ReadProgress progress, CancellationToken cancellationToken)
    {
        var over = DiskUsage.Of(tree.Root).Bytes - max - (dryRun ? _items.Where(static item => item.Outcome == CleanupOutcome.Removed).Sum(static item => item.Bytes) : 0);
        foreach (var family in TreeInventory.Read(tree, catalog).Families.OrderBy(static family => family.LastUse))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Add(1);
            if (over <= 0 || !IsOld(family.LastUse))
            {
                return;
            }

            var things = family.Things.Where(thing => !_gone.Contains(thing.Path)).Select(WithoutGone).ToList();
            if (things.Count == 0)
            {
                continue;
            }

            var reason = $"it was used last at {family.LastUse:u}, and the folder takes more than {max} bytes";
            if (family.IsNamed)
            {
                Report(things, reason, CleanupOutcome.NamedByAlias);
            }
            else if (Remove(things, reason) == CleanupOutcome.Removed)
            {
                over -= things.Sum(static thing => thing.Bytes);
            }
        }
    }

    /// <summary>In a dry run, what would be gone from a folder by now does not count once more.</summary>
    private StoredThing WithoutGone(StoredThing thing) => !dryRun ? thing : thing with
    {
        Bytes = thing.Bytes - _items.Where(item => item.Outcome == CleanupOutcome.Removed
            && Path.Combine(tree.Root, item.Path).StartsWith(thing.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Sum(static item => item.Bytes),
    };

    private bool IsOld(DateTimeOffset lastUse) => time.GetUtcNow() - lastUse >= grace;

    private CleanupOutcome Remove(IReadOnlyList<StoredThing> things, string reason)
    {
        var outcome = removal.Remove(things, dryRun);
        if (outcome != CleanupOutcome.InUse || things is not [{ Kind: CleanupKind.Lock }])
        {
            // A lock that somebody holds is no leftover.
            Report(things, reason, outcome);
        }

        return outcome;
    }

    private void Report(IReadOnlyList<StoredThing> things, string reason, CleanupOutcome outcome)
    {
        foreach (var thing in things)
        {
            _items.Add(new CleanupItem(thing.Kind, Path.GetRelativePath(tree.Root, thing.Path), thing.Bytes, reason, outcome));
            if (outcome == CleanupOutcome.Removed)
            {
                _gone.Add(thing.Path);
            }
        }
    }
}
