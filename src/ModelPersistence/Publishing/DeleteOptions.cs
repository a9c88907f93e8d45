namespace ModelPersistence.Publishing;

/// <summary>What can be said when a version is deleted.</summary>
public sealed record DeleteOptions
{
    /// <summary>The name of the provider to delete from; null for the first of the chain that accepts publishing.</summary>
    public string? Repository { get; init; }

    /// <summary>Whether the version goes even if aliases stand for it; these aliases are removed first, and a split goes on without the version. Default false.</summary>
    public bool Force { get; init; }

    /// <inheritdoc cref="PublishOptions.AllowUnsafeStore"/>
    public bool AllowUnsafeStore { get; init; }
}
