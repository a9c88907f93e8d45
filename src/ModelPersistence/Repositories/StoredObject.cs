namespace ModelPersistence.Repositories;

/// <summary>A small object that was read whole.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ETag">Its entity tag as the server gave it; opaque, equal only while nobody wrote the object; empty when the server gives none.</param>
public sealed record StoredObject(ReadOnlyMemory<byte> Content, string ETag);
