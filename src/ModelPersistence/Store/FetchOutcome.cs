namespace ModelPersistence.Store;

/// <summary>What bringing a version into a tree came to.</summary>
/// <param name="IsHashed">Whether this process brought it, and so hashed every byte; false when it was there.</param>
/// <param name="BytesFetched">The bytes that came from a source.</param>
/// <param name="BytesReused">The bytes that were on this host already.</param>
/// <remarks>A class, like other results of tasks here: tasks of a struct are compiled anew in every process that starts, those of classes are not.</remarks>
internal sealed record FetchOutcome(bool IsHashed, long BytesFetched, long BytesReused)
{
    /// <summary>The version was there.</summary>
    public static FetchOutcome None { get; } = new(IsHashed: false, BytesFetched: 0, BytesReused: 0);
}
