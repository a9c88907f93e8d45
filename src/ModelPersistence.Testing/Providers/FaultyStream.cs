using ModelPersistence.Repositories;

namespace ModelPersistence.Testing;

internal enum StreamFaultKind
{
    Break,
    End,
    Corrupt,
}

/// <summary>What happens to a stream, and at which byte.</summary>
internal sealed record StreamFault(StreamFaultKind Kind, long At);

/// <summary>A stream with at most one fault.</summary>
internal sealed class FaultyStream(Stream inner, StreamFault? fault, Action<int> wasRead) : ForwardStream
{
    private long _position;

    public override int Read(Span<byte> buffer) => Finish(buffer, inner.Read(buffer[..Room(buffer.Length)]));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer[..Room(buffer.Length)], cancellationToken).ConfigureAwait(false);
        return Finish(buffer.Span, read);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Room(int wanted)
    {
        if (fault is null or { Kind: StreamFaultKind.Corrupt })
        {
            return wanted;
        }

        var left = fault.At - _position;
        return left == 0 && wanted > 0 && fault.Kind == StreamFaultKind.Break
            ? throw new IOException($"The stream was told to break off after {fault.At} bytes by a test.")
            : (int)Math.Min(wanted, left);
    }

    private int Finish(Span<byte> buffer, int read)
    {
        if (fault is { Kind: StreamFaultKind.Corrupt, At: var at } && at >= _position && at < _position + read)
        {
            buffer[(int)(at - _position)] ^= 0xFF;
        }

        _position += read;
        wasRead(read);
        return read;
    }
}
