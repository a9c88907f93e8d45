namespace ModelPersistence.Transfer;

/// <summary>How far the download of a version has come.</summary>
/// <param name="BytesDone">The bytes that are there and verified, reused ones included.</param>
/// <param name="BytesTotal">The size of the version in bytes.</param>
/// <param name="BytesReused">The bytes that did not have to be fetched: left by an interrupted download, or found in other versions on this host.</param>
/// <param name="BytesPerSecond">The recent rate at which bytes were fetched; 0 while it is unknown.</param>
/// <param name="Remaining">How long the rest takes at that rate; null while it is unknown.</param>
public readonly record struct ModelDownloadProgress(long BytesDone, long BytesTotal, long BytesReused, double BytesPerSecond, TimeSpan? Remaining);
