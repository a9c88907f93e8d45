namespace ModelPersistence.Store;

/// <summary>What a clean-up may do.</summary>
public sealed record CleanupOptions
{
    /// <summary>The name of the shared volume to clean; null, the default, cleans the local cache. A volume is never cleaned unless it is named here.</summary>
    public string? Repository { get; init; }

    /// <summary>Whether the report says what would be done, and nothing is changed. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Nothing that was changed or used within this time is touched. Null, the default, means 1 hour in the local cache and 24 hours on a
    /// shared volume. On a volume it must be longer than 2 hours where other hosts use it: that is how they show what they use.
    /// </summary>
    public TimeSpan? GracePeriod { get; init; }

    /// <summary>
    /// The bytes the folder may take: whole versions with their artifacts are removed, least recently used first, until it takes no more.
    /// Null, the default, removes leftovers only.
    /// </summary>
    public long? MaxBytes { get; init; }
}
