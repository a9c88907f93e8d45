namespace ModelPersistence.Runtime;

/// <summary>A piece of a file.</summary>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Whether the range lies within a file of the given length; no sum can overflow on the way.</summary>
    public bool IsWithin(long fileLength) => Offset >= 0 && Length >= 0 && Offset <= fileLength && Length <= fileLength - Offset;
}
