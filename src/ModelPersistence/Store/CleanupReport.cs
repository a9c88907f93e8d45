namespace ModelPersistence.Store;

/// <summary>What a clean-up did, or in a dry run would do. Immutable.</summary>
public sealed record CleanupReport
{
    /// <summary>The folder that was cleaned.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether nothing was changed.</summary>
    public required bool DryRun { get; init; }

    /// <summary>What was found, in the order in which it was dealt with. What is younger than the grace period is not listed.</summary>
    public required IReadOnlyList<CleanupItem> Items { get; init; }

    /// <summary>The bytes on disk of everything that was removed, or would be.</summary>
    public long RemovedBytes => Items.Where(static item => item.Outcome == CleanupOutcome.Removed).Sum(static item => item.Bytes);
}
