using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>What became of a publication.</summary>
public sealed record PublishedModel
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>The digest of the manifest: pin it with <c>name:version@digest</c>.</summary>
    public required Sha256Digest Digest { get; init; }

    /// <summary>The name of the provider that has the version now.</summary>
    public required string Repository { get; init; }

    /// <summary>Whether the same version with the same content was there before, so that no file was written.</summary>
    public required bool AlreadyPublished { get; init; }

    /// <summary>The alias document after the call; null when the model has none.</summary>
    public AliasDocument? Aliases { get; init; }
}
