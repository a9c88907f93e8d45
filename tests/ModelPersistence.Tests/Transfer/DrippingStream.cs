namespace ModelPersistence.Tests.Transfer;

/// <summary>Gives one byte a read, and lets time pass before each.</summary>
internal sealed class DrippingStream(byte[] bytes, Action pass) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        pass();
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span[..Math.Min(1, buffer.Length)]));
    }
}
