namespace ModelPersistence.Store;

/// <summary>The points of a removal between which a process may die.</summary>
internal enum CleanupStep
{
    /// <summary>Nobody can use the things any more; they are all still there.</summary>
    Claimed,

    /// <summary>One of the things is out of sight.</summary>
    Hidden,

    /// <summary>All are out of sight, and their marks are gone.</summary>
    Unmarked,

    /// <summary>The first file is deleted.</summary>
    DeletionBegun,

    /// <summary>Everything is deleted.</summary>
    Deleted,
}
