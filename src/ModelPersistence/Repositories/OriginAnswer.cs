using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>What the origin says of a choice that was made without it.</summary>
internal sealed record OriginAnswer
{
    /// <summary>What it names instead; null when it names the same or could not be asked.</summary>
    public AliasTarget? Other { get; init; }

    /// <summary>Why it could not be asked; null when it answered.</summary>
    public string? Doubt { get; init; }

    /// <summary>The revision of the alias document that rules after it was asked; null where none does, or it could not be asked.</summary>
    public long? Revision { get; init; }
}
