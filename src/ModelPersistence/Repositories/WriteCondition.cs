namespace ModelPersistence.Repositories;

/// <summary>What must be so for a write to happen.</summary>
/// <param name="Kind">The condition.</param>
/// <param name="ETag">The tag of <see cref="WriteConditionKind.Unchanged"/>.</param>
public readonly record struct WriteCondition(WriteConditionKind Kind, string? ETag = null)
{
    /// <summary>Nothing: the object is written in any case.</summary>
    public static WriteCondition None => default;

    /// <summary>There is no such object.</summary>
    public static WriteCondition Absent => new(WriteConditionKind.Absent);

    /// <summary>The object still has the tag it was read with.</summary>
    public static WriteCondition Unchanged(string eTag) => new(WriteConditionKind.Unchanged, eTag);
}
