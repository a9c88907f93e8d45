namespace ModelPersistence.Models;

/// <summary>One content-defined piece of a file. The chunks of a file follow each other without gaps.</summary>
/// <param name="Length">The length in bytes, at least 1.</param>
/// <param name="Sha256">The digest of the chunk's bytes.</param>
public readonly record struct ModelChunk(int Length, Sha256Digest Sha256);
