namespace ModelPersistence.Store;

/// <summary>One thing a clean-up found. Immutable.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Where it lies, relative to the folder that was cleaned.</param>
/// <param name="Bytes">What it takes on disk, in bytes; files with holes count as far as they are there.</param>
/// <param name="Reason">Why it is not needed.</param>
/// <param name="Outcome">What was done with it.</param>
public sealed record CleanupItem(CleanupKind Kind, string Path, long Bytes, string Reason, CleanupOutcome Outcome);
