namespace ModelPersistence.Store;

/// <summary>One file of a <see cref="ModelUpdatePlan"/>.</summary>
/// <param name="Path">The path inside the version's folder, with forward slashes.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="BytesReused">The bytes that are on this host already.</param>
public sealed record ModelUpdateFile(string Path, long Size, long BytesReused)
{
    /// <summary>The bytes that would be read from a provider.</summary>
    public long BytesToTransfer => Size - BytesReused;
}
