using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>What bringing a version to this host would transfer, as far as manifests tell. Immutable.</summary>
public sealed record ModelUpdatePlan
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>The digest of the version's manifest; null for a model without one, whose files are used where they lie.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>The provider the version would be read from, or is read from.</summary>
    public required string Provider { get; init; }

    /// <summary>The files of the version; empty for a model without a manifest.</summary>
    public IReadOnlyList<ModelUpdateFile> Files { get; init; } = [];

    /// <summary>The size of the version in bytes.</summary>
    public long BytesTotal => Files.Sum(static file => file.Size);

    /// <summary>The bytes that are on this host already, in this version or in others. What an interrupted download left is not counted.</summary>
    public long BytesReused => Files.Sum(static file => file.BytesReused);

    /// <summary>The bytes that would be read from a provider.</summary>
    public long BytesToTransfer => BytesTotal - BytesReused;
}
