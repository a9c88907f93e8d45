using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>A version that was turned back, and what it was turned back to. Immutable.</summary>
internal sealed record RefusedVersion
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The alias or range that had led to it.</summary>
    public required string Selector { get; init; }

    /// <summary>The revision of the alias document that said so. At another revision the version may be tried again.</summary>
    public required long Revision { get; init; }

    public required ModelVersion Version { get; init; }

    /// <summary>The version's digest; null where it has none. Another digest is another version.</summary>
    public Sha256Digest? Digest { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What served before it and was gone back to.</summary>
    public required IReadOnlyList<WeightedVersion> LastGood { get; init; }
}
