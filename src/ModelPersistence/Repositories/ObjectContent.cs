namespace ModelPersistence.Repositories;

/// <summary>The bytes of an upload, read by position so that parts can go side by side and be sent again. Safe for concurrent use.</summary>
public abstract class ObjectContent
{
    /// <summary>The length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Fills a buffer from a position on.</summary>
    /// <param name="offset">The position of the first byte; <paramref name="buffer"/> lies within <see cref="Length"/> from there.</param>
    /// <param name="buffer">Is filled whole.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public abstract ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}
