namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What one request holds of the memory for all. Whatever has not been given back by then, its end gives back. For one thread at a time.</summary>
internal sealed class RequestMemory(MemoryGate gate) : IDisposable
{
    private long _held;

    /// <exception cref="ProtocolException">There is not so much now.</exception>
    public byte[] Rent(int bytes)
    {
        Take(BufferPool.LengthFor(bytes));
        return gate.Buffers.Rent(bytes);
    }

    public void Return(byte[] buffer)
    {
        gate.Buffers.Return(buffer);
        Return(buffer.Length);
    }

    /// <summary>Notes bytes that somebody else allocates, such as the runtime.</summary>
    /// <exception cref="ProtocolException">There is not so much now.</exception>
    public void Take(long bytes)
    {
        gate.Take(_held, bytes);
        _held += bytes;
    }

    public void Return(long bytes)
    {
        _held -= bytes;
        gate.Return(bytes);
    }

    public void Dispose() => Return(_held);
}
