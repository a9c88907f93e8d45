namespace ModelPersistence.Repositories;

/// <summary>The kinds of <see cref="WriteCondition"/>.</summary>
public enum WriteConditionKind
{
    /// <summary>The object is written in any case.</summary>
    None,

    /// <summary>There must be no such object.</summary>
    Absent,

    /// <summary>The object must have the tag it was read with.</summary>
    Unchanged,
}
