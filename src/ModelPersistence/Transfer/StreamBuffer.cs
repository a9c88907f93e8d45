using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ModelPersistence.Transfer;

/// <summary>
/// What one stream needs: memory for one chunk and a hash, both used again and again. The memory is native, so that a download leaves
/// nothing behind in the heap of a process that goes on to serve.
/// </summary>
internal sealed unsafe class StreamBuffer : MemoryManager<byte>
{
    private readonly int _length;
    private byte* _start;

    public StreamBuffer(int length)
    {
        _length = length;
        _start = (byte*)NativeMemory.Alloc((nuint)Math.Max(length, 1));
    }

    public IncrementalHash Hash { get; } = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _start is not null)
        {
            NativeMemory.Free(_start);
            _start = null;
            Hash.Dispose();
        }
    }
}
