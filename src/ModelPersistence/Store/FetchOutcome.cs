namespace ModelPersistence.Store;

/// <summary>What bringing a version into a tree came to.</summary>
/// <param name="IsHashed">Whether this process brought it, and so hashed every byte; false when it was there.</param>
/// <param name="BytesFetched">The bytes that came from a source.</param>
/// <param name="BytesReused">The bytes that were on this host already.</param>
internal readonly record struct FetchOutcome(bool IsHashed, long BytesFetched, long BytesReused);
