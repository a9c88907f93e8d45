using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>
/// Removes things of a tree that nobody uses. A crash at any point leaves each of them whole, or in <c>.trash</c>, where nobody looks
/// and the next clean-up goes on.
/// </summary>
internal sealed class TreeRemoval(StoreFolder tree, TimeProvider time, ILogger logger, Action<CleanupStep>? reached = null)
{
    /// <summary>Removes things that belong together, all or none.</summary>
    /// <param name="things">The things.</param>
    /// <param name="dryRun">Whether nothing is changed.</param>
    public CleanupOutcome Remove(IReadOnlyList<StoredThing> things, bool dryRun)
    {
        List<(UseClaim Claim, bool Goes)> claims = [];
        List<string> hidden = [];
        try
        {
            // 1. From here on nobody can begin to use them. Whoever used one since it was looked at, or uses it now, keeps all.
            if (!TryClaim(things, claims, create: !dryRun))
            {
                return CleanupOutcome.InUse;
            }

            if (dryRun)
            {
                return CleanupOutcome.Removed;
            }

            reached?.Invoke(CleanupStep.Claimed);

            // 2. Out of sight, each by one rename.
            foreach (var thing in things)
            {
                Hide(thing, hidden);
                reached?.Invoke(CleanupStep.Hidden);
            }

            // 3. The marks of what is gone, so that nobody waits for the deletion.
            foreach (var (claim, goes) in claims)
            {
                if (goes)
                {
                    claim.DeleteFile();
                }
            }

            reached?.Invoke(CleanupStep.Unmarked);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            StoreLog.NotRemoved(logger, e, things[0].Path);
            return CleanupOutcome.Failed;
        }
        finally
        {
            claims.ForEach(static claimed => claimed.Claim.Dispose());

            // 4. Their content, which takes its time.
            hidden.ForEach(Delete);
        }

        reached?.Invoke(CleanupStep.Deleted);
        return CleanupOutcome.Removed;
    }

    /// <summary>The key of the mark in the name of something in the trash.</summary>
    public static string? MarkOf(string trash)
    {
        // <name>.<mark>.<eight random characters>.<three more>
        var parts = Path.GetFileName(trash).Split('.');
        return parts.Length >= 4 && parts[^3].Length > 1 ? parts[^3] : null;
    }

    private bool TryClaim(IReadOnlyList<StoredThing> things, List<(UseClaim Claim, bool Goes)> claims, bool create)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var thing in things)
        {
            if (thing.Mark is { } mark && seen.Add(tree.Uses.PathOf(mark)))
            {
                // For what lies in the trash it counts only whether somebody still has it; the name may be that of a version that came back.
                if ((thing.Kind != CleanupKind.Trash && tree.Uses.LastUse(mark) > thing.LastUse) || tree.Uses.TryClaim(mark, create) is not { } claim)
                {
                    return false;
                }

                claims.Add((claim, thing.Kind is CleanupKind.Version or CleanupKind.Artifact or CleanupKind.Lock));
            }

            foreach (var path in thing.Locks.Where(seen.Add))
            {
                if (UseClaim.TryOpen(path, create) is not { } claim)
                {
                    return false;
                }

                claims.Add((claim, true));
            }
        }

        return things.All(static thing => thing.IsStillThat?.Invoke() ?? true);
    }

    private void Hide(StoredThing thing, List<string> hidden)
    {
        if (thing.Kind == CleanupKind.Lock)
        {
            // It goes with its claim.
            return;
        }

        if (Path.GetDirectoryName(thing.Path) == tree.Trash)
        {
            hidden.Add(thing.Path);
            return;
        }

        if (!Directory.Exists(thing.Path))
        {
            File.Delete(thing.Path);
            return;
        }

        tree.Create(tree.Trash);
        var aside = Path.Combine(tree.Trash, $"{Path.GetFileName(thing.Path)}.{thing.Mark ?? "-"}.{Path.GetRandomFileName()}");
        Directory.Move(thing.Path, aside);
        hidden.Add(aside);

        // The rename must reach the disk before the first deletion does, and its time says how long it lies there.
        Directory.SetLastWriteTimeUtc(aside, time.GetUtcNow().UtcDateTime);
        DurableFolder.Flush(tree.Trash);
        DurableFolder.Flush(Path.GetDirectoryName(thing.Path)!);
        if (thing.Kind is CleanupKind.Version)
        {
            RemoveIfEmpty(Path.GetDirectoryName(thing.Path)!);
        }
    }

    private void Delete(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                File.Delete(path);
                return;
            }

            if (reached is not null && Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).FirstOrDefault() is { } first)
            {
                File.Delete(first);
                reached(CleanupStep.DeletionBegun);
            }

            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else cleans up too.
            return;
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            // It is out of sight; the next clean-up tries again.
            StoreLog.NotRemoved(logger, e, path);
        }
    }

    private static void RemoveIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Other versions, or the aliases.
            return;
        }
    }
}
