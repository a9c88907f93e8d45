using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>The content of an upload, from memory.</summary>
internal sealed class BytesContent(byte[] bytes) : ObjectContent
{
    /// <summary>Is called before each read.</summary>
    public Action<long>? Reading { get; set; }

    public override long Length => bytes.Length;

    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Reading?.Invoke(offset);
        bytes.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        return ValueTask.CompletedTask;
    }
}
