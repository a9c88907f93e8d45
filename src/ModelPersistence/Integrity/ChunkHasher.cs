using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>
/// Hashes ranges of files through one small buffer that stays in the processor's cache. Reads rather than maps: a file cut short under
/// a mapping ends the process, under a read it is an error.
/// </summary>
internal sealed class ChunkHasher : IDisposable
{
    private const int BufferLength = 128 << 10;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The digest of a range; false when the file ends before it does.</summary>
    public bool TryHash(SafeFileHandle handle, long offset, int length, out Sha256Digest digest)
    {
        Span<byte> hash = stackalloc byte[Sha256Digest.Size];
        var end = offset + length;
        while (offset < end)
        {
            var read = RandomAccess.Read(handle, _buffer.AsSpan(0, (int)Math.Min(BufferLength, end - offset)), offset);
            if (read == 0)
            {
                _hash.GetHashAndReset(hash);
                digest = default;
                return false;
            }

            _hash.AppendData(_buffer.AsSpan(0, read));
            offset += read;
        }

        _hash.GetHashAndReset(hash);
        digest = new Sha256Digest(hash);
        return true;
    }

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
