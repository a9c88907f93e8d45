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
    private const int MaxKept = 32;

    private readonly ModelFile _file = source.File;
    private readonly long[] _offsets = Offsets(source.File);
    private readonly ConcurrentDictionary<int, byte[]> _kept = [];
    private volatile ModelPersistenceException? _fault;

    public override long Length => _file.Size;

    /// <summary>Why the bytes could not be had, if so: an uploader may wrap it in an error of its own.</summary>
    public ModelPersistenceException? Fault => _fault;

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var next = IndexOf(offset);
        for (var attempt = 1; next < _offsets.Length && _offsets[next] < offset + buffer.Length;)
        {
            if (_kept.TryRemove(next, out var kept))
            {
                Copy(next, kept, offset, buffer);
                next++;
                continue;
            }

            var begun = next;
            (next, var fault) = await ReadRunAsync(begun, offset, buffer, cancellationToken).ConfigureAwait(false);
            attempt = next > begun ? 1 : attempt;
            if (fault is not null && (attempt++ >= source.Attempts || fault is ModelStorageException { IsTransient: false }))
            {
                _fault = fault;
                throw fault;
            }
        }
    }

    /// <summary>Reads chunks up to the end of the buffer, or to one that is kept. Returns the first that is still missing.</summary>
    private async ValueTask<(int Next, ModelPersistenceException? Fault)> ReadRunAsync(int first, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var end = first + 1;
        while (end < _offsets.Length && _offsets[end] < offset + buffer.Length && !_kept.ContainsKey(end))
        {
            end++;
        }

        var next = first;
        try
        {
            var length = (end < _offsets.Length ? _offsets[end] : _file.Size) - _offsets[first];
            var stream = await source.OpenAsync(_offsets[first], length, cancellationToken).ConfigureAwait(false);
            await using var closed = stream.ConfigureAwait(false);
            for (; next < end; next++)
            {
                var at = _offsets[next] - offset;
                var size = _file.Chunks[next].Length;
                var isWithin = at >= 0 && at + size <= buffer.Length;
                var own = isWithin ? null : GC.AllocateUninitializedArray<byte>(size);
                var target = isWithin ? buffer.Slice((int)at, size) : own.AsMemory();
                var read = await stream.ReadAtLeastAsync(target, size, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                var actual = read < size ? (Sha256Digest?)null : Sha256Digest.Of(target.Span);
                if (actual != _file.Chunks[next].Sha256)
                {
                    return (next, source.Wrong(next, actual));
                }

                if (own is not null)
                {
                    Copy(next, own, offset, buffer);
                    Keep(next, own);
                }
            }

            return (next, null);
        }
        catch (ModelPersistenceException e)
        {
            return (next, e);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return (next, source.Unreadable(e));
        }
    }

    private void Copy(int chunk, byte[] bytes, long offset, Memory<byte> buffer)
    {
        var from = Math.Max(offset, _offsets[chunk]);
        var to = Math.Min(offset + buffer.Length, _offsets[chunk] + bytes.Length);
        bytes.AsSpan((int)(from - _offsets[chunk]), (int)(to - from)).CopyTo(buffer.Span[(int)(from - offset)..]);
    }

    private void Keep(int chunk, byte[] bytes)
    {
        if (_kept.Count < MaxKept)
        {
            _kept[chunk] = bytes;
        }
    }

    private int IndexOf(long offset)
    {
        var index = Array.BinarySearch(_offsets, offset);
        return index >= 0 ? index : ~index - 1;
    }

    private static long[] Offsets(ModelFile file)
    {
        var offsets = new long[file.Chunks.Count];
        for (var i = 1; i < offsets.Length; i++)
        {
            offsets[i] = offsets[i - 1] + file.Chunks[i - 1].Length;
        }

        return offsets;
    }
}
