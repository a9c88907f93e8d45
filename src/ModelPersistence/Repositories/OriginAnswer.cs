using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>What the origin says of a version that was chosen without it.</summary>
internal sealed record OriginAnswer
{
    /// <summary>The version it names instead; null when it names the same one or could not be asked.</summary>
    public ModelVersion? Other { get; init; }

    /// <summary>Why it could not be asked; null when it answered.</summary>
    public string? Doubt { get; init; }

    public static OriginAnswer Agrees { get; } = new();
}
