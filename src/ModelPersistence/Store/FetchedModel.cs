using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>A version that lies on this host. Immutable.</summary>
public sealed record FetchedModel
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>The digest of the version's manifest; null for a model without one.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>The full path of the ONNX file.</summary>
    public required string EntryPath { get; init; }

    /// <summary>The bytes that were read from providers; 0 when the version was there.</summary>
    public long BytesFetched { get; init; }

    /// <summary>The bytes of the download that did not have to be read from a provider: left by an earlier one, or found in other versions on this host.</summary>
    public long BytesReused { get; init; }
}
