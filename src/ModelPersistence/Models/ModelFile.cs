using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>One file of a version.</summary>
public sealed record ModelFile
{
    /// <summary>The path inside the version's folder, with forward slashes.</summary>
    public required string Path { get; init; }

    /// <summary>Where the bytes lie relative to the version's folder, when that is not <see cref="Path"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Location { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The digest of the whole file.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>The content-defined chunks in order; their lengths add up to <see cref="Size"/>. Empty for an empty file.</summary>
    public required IReadOnlyList<ModelChunk> Chunks { get; init; }

    internal string StoredAt => Location ?? Path;
}
