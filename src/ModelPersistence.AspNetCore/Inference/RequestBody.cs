using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// The bytes of a request in one piece: read in place where they came so, else gathered in a pooled buffer that grows with what has
/// really arrived, whatever length was announced. Valid until it is disposed.
/// </summary>
internal struct RequestBody(RequestMemory memory) : IDisposable
{
    private const int FirstBuffer = 16 << 10;

    // The server counts the framing of chunks as well, which is the most where every byte has a chunk of its own.
    private const long FramedBytesPerByte = 8;

    private PipeReader? _reader;
    private ReadOnlySequence<byte> _unread;
    private byte[]? _pooled;
    private int _length;

    public readonly ReadOnlySpan<byte> Bytes => _pooled is null ? _unread.FirstSpan : _pooled.AsSpan(0, _length);

    /// <exception cref="ProtocolException">The body is too large, or there is no memory for it now.</exception>
    /// <exception cref="BadHttpRequestException">The body does not follow its framing.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, int maxBytes, RequestMemory memory)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = FramedBytesPerByte * maxBytes;
        }

        RequestBody body = new(memory);
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                if (body.Take(reader, read.Buffer, read.IsCompleted, maxBytes))
                {
                    return body;
                }
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _reader?.AdvanceTo(_unread.End);
        _reader = null;
        if (_pooled is { } buffer)
        {
            _pooled = null;
            memory.Return(buffer);
        }
    }

    private static ProtocolException TooLarge(int maxBytes) => ProtocolException.TooLarge($"The body is larger than the {maxBytes} bytes that this server takes.");

    private bool Take(PipeReader reader, in ReadOnlySequence<byte> arrived, bool isLast, int maxBytes)
    {
        if (arrived.Length > maxBytes - _length)
        {
            reader.AdvanceTo(arrived.End);
            throw TooLarge(maxBytes);
        }

        if (isLast && _pooled is null && arrived.IsSingleSegment)
        {
            (_reader, _unread) = (reader, arrived);
            return true;
        }

        try
        {
            var length = (int)arrived.Length;
            EnsureRoom(length, maxBytes);
            arrived.CopyTo(_pooled.AsSpan(_length));
            _length += length;
        }
        finally
        {
            reader.AdvanceTo(arrived.End);
        }

        return isLast;
    }

    private void EnsureRoom(int more, int maxBytes)
    {
        if (_pooled is null || _pooled.Length - _length < more)
        {
            // Doubled at least, so that every byte is copied once more on average.
            var larger = memory.Rent((int)Math.Max(_length + more, Math.Min(Math.Max(2L * _length, FirstBuffer), maxBytes)));
            if (_pooled is { } smaller)
            {
                smaller.AsSpan(0, _length).CopyTo(larger);
                memory.Return(smaller);
            }

            _pooled = larger;
        }
    }
}
