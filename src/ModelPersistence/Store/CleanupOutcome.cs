namespace ModelPersistence.Store;

/// <summary>What a clean-up did with what it found.</summary>
public enum CleanupOutcome
{
    /// <summary>Removed; in a dry run: would be removed.</summary>
    Removed,

    /// <summary>Kept, because a process of this host uses it, or a user of another account does, which cannot be told apart.</summary>
    InUse,

    /// <summary>Kept, because an alias on the same volume names the version.</summary>
    NamedByAlias,

    /// <summary>Not removed, because the file system refused; the log says why.</summary>
    Failed,
}
