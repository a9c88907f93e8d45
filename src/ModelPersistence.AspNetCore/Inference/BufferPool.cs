using System.Numerics;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Arrays for bodies and tensors, of sizes that are powers of two. The shared pool keeps some for every thread and every processor, which for arrays of
/// megabytes comes to more than all requests together ever hold; this one keeps a bounded number of bytes, for whoever comes next.
/// </summary>
internal sealed class BufferPool(long maxIdleBytes)
{
    private const int LeastBytes = 16;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]>[] _idle = [.. Enumerable.Range(0, 31).Select(static _ => new Stack<byte[]>())];
    private long _idleBytes;

    public long IdleBytes => Volatile.Read(ref _idleBytes);

    /// <summary>The length of the array that is rented for so many bytes, at most 1 GiB.</summary>
    public static int LengthFor(int bytes) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, LeastBytes));

    /// <summary>An array of <see cref="LengthFor"/>, whose content is undefined.</summary>
    public byte[] Rent(int bytes)
    {
        var length = LengthFor(bytes);
        lock (_gate)
        {
            if (_idle[BitOperations.Log2((uint)length)].TryPop(out var buffer))
            {
                _idleBytes -= length;
                return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    public void Return(byte[] buffer)
    {
        lock (_gate)
        {
            if (_idleBytes + buffer.Length > maxIdleBytes)
            {
                // All of it goes: what is wanted now may be of other sizes than what was wanted when this was filled.
                Array.ForEach(_idle, static size => size.Clear());
                _idleBytes = 0;
            }

            if (buffer.Length <= maxIdleBytes)
            {
                _idle[BitOperations.Log2((uint)buffer.Length)].Push(buffer);
                _idleBytes += buffer.Length;
            }
        }
    }
}
