using System.Buffers;
using System.Collections.Concurrent;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// The bytes of a file for an upload. Whatever part is asked for, the chunks that it touches are read whole and hashed before a byte of
/// them is handed out: what leaves is what the manifest says.
/// </summary>
internal sealed class VerifiedContent(ChunkSource source) : ObjectContent
{
    // Parts do not end where chunks do. The chunk on the border is kept for the neighbour, so that it is read once.
    private const int MaxKept = 16;

    private readonly ModelFile _file = source.File;
    private readonly IReadOnlyList<long> _offsets = source.Offsets;
    private readonly ConcurrentDictionary<int, byte[]> _kept = [];
    private volatile ModelPersistenceException? _fault;

    public override long Length => _file.Size;

    /// <summary>Why the bytes could not be had, if so: an uploader may wrap it in an error of its own.</summary>
    public ModelPersistenceException? Fault => _fault;

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var end = offset + buffer.Length;
        for (var next = IndexOf(offset); next < _file.Chunks.Count && _offsets[next] < end;)
        {
            if (_kept.TryRemove(next, out var kept))
            {
                Copy(kept, _offsets[next], buffer.Span, offset);
                next++;
                continue;
            }

            var first = next++;
            while (next < _file.Chunks.Count && _offsets[next] < end && !_kept.ContainsKey(next))
            {
                next++;
            }

            await FillAsync(first, next, offset, buffer, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FillAsync(int first, int end, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var (from, length) = (_offsets[first], (int)(_offsets[end] - _offsets[first]));
        if (from >= offset && from + length <= offset + buffer.Length)
        {
            await ReadChunksAsync(first, end, buffer.Slice((int)(from - offset), length), cancellationToken).ConfigureAwait(false);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var chunks = rented.AsMemory(0, length);
            await ReadChunksAsync(first, end, chunks, cancellationToken).ConfigureAwait(false);
            Copy(chunks.Span, from, buffer.Span, offset);
            Keep(end - 1, chunks[(int)(_offsets[end - 1] - from)..], offset + buffer.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async ValueTask ReadChunksAsync(int first, int end, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await source.FillAsync(first, end - first, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            _fault = e;
            throw;
        }
    }

    /// <summary>The last chunk of a part, where it reaches into the next one.</summary>
    private void Keep(int chunk, ReadOnlyMemory<byte> bytes, long partEnd)
    {
        if (_offsets[chunk + 1] > partEnd && _kept.Count < MaxKept)
        {
            _kept[chunk] = bytes.ToArray();
        }
    }

    private static void Copy(ReadOnlySpan<byte> bytes, long at, Span<byte> buffer, long offset)
    {
        var from = Math.Max(offset, at);
        var to = Math.Min(offset + buffer.Length, at + bytes.Length);
        bytes[(int)(from - at)..(int)(to - at)].CopyTo(buffer[(int)(from - offset)..]);
    }

    private int IndexOf(long offset)
    {
        var (low, high) = (0, _file.Chunks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _offsets[middle] <= offset ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
