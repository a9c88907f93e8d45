using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>What became of a copy.</summary>
public sealed record CopiedModel
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>The digest of the manifest, the same at both ends.</summary>
    public required Sha256Digest Digest { get; init; }

    /// <summary>The name of the provider that has the version now.</summary>
    public required string Repository { get; init; }

    /// <summary>Whether the version was there before, so that no file was written.</summary>
    public required bool AlreadyThere { get; init; }

    /// <summary>The bytes of the files that were taken from the source by this call.</summary>
    public required long TransferredBytes { get; init; }

    /// <summary>The bytes of the files that were found at the target, from an earlier attempt for instance, and were right.</summary>
    public required long ReusedBytes { get; init; }

    /// <summary>The target's alias document after the call; null when the model has none there.</summary>
    public AliasDocument? Aliases { get; init; }
}
