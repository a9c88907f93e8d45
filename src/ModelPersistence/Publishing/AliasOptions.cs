namespace ModelPersistence.Publishing;

/// <summary>What can be said when an alias is changed.</summary>
public sealed record AliasOptions
{
    /// <summary>The name of the provider whose alias document is changed; null for the first of the chain that accepts publishing.</summary>
    public string? Repository { get; init; }

    /// <summary>
    /// The moment after which the alias document must not be taken for current any more; it must lie ahead. Null leaves the document's
    /// expiry as it is, <see cref="DateTimeOffset.MaxValue"/> takes it away.
    /// </summary>
    public DateTimeOffset? Expires { get; init; }

    /// <inheritdoc cref="PublishOptions.AllowUnsafeStore"/>
    public bool AllowUnsafeStore { get; init; }
}
