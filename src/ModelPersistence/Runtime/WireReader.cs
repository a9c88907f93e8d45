using System.Buffers.Binary;
using System.Text;

namespace ModelPersistence.Runtime;

/// <summary>
/// Reads the protocol buffer wire format from a file. Every length is checked against its parent before anything is allocated or skipped,
/// and what is skipped is not read. Throws <see cref="InvalidDataException"/> on bytes that are not of the format.
/// </summary>
internal sealed class WireReader(Stream stream)
{
    private const int MaxTextBytes = 64 << 10;
    private const long MaxTextTotal = 256L << 20;
    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly long _length = stream.Length;
    private long _bufferStart;
    private int _bufferCount;
    private int _bufferNext;
    private long _textTotal;

    public long Position => _bufferStart + _bufferNext;

    public long Length => _length;

    /// <summary>The next field of the message that ends at <paramref name="end"/>; false at its end.</summary>
    public bool TryReadTag(long end, out int field, out int wireType)
    {
        (field, wireType) = (0, 0);
        if (Position >= end)
        {
            return Position == end ? false : throw Bad("a field reaches beyond its message");
        }

        var tag = ReadVarint(end);
        field = tag >> 3 is > 0 and <= (1 << 29) - 1 ? (int)(tag >> 3) : throw Bad("a field number is out of range");
        wireType = (int)(tag & 7);
        return wireType is 0 or 1 or 2 or 5 ? true : throw Bad($"wire type {wireType} is not used by the format");
    }

    public ulong ReadVarint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte(end);
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return shift < 63 || next <= 1 ? value : throw Bad("a number is longer than 64 bits");
            }
        }

        throw Bad("a number is longer than 10 bytes");
    }

    /// <summary>Reads the length of a nested message, and answers with where it ends.</summary>
    public long ReadEnd(long end)
    {
        var length = ReadVarint(end);
        return length <= (ulong)(end - Position) ? Position + (long)length : throw Bad("a length reaches beyond its message");
    }

    public string ReadText(long end)
    {
        var textEnd = ReadEnd(end);
        var length = textEnd - Position;
        _textTotal += length;
        if (length > MaxTextBytes || _textTotal > MaxTextTotal)
        {
            throw Bad($"a name is longer than {MaxTextBytes} bytes, or all together than {MaxTextTotal}");
        }

        Span<byte> bytes = length <= 512 ? stackalloc byte[(int)length] : new byte[length];
        for (var done = 0; done < bytes.Length;)
        {
            Fill(textEnd);
            var take = Math.Min(bytes.Length - done, _bufferCount - _bufferNext);
            _buffer.AsSpan(_bufferNext, take).CopyTo(bytes[done..]);
            (done, _bufferNext) = (done + take, _bufferNext + take);
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad("a name is not valid UTF-8");
        }
    }

    public void Skip(int wireType, long end)
    {
        switch (wireType)
        {
            case 0: ReadVarint(end); break;
            case 1: MoveTo(Position + 8, end); break;
            case 2: MoveTo(ReadEnd(end), end); break;
            default: MoveTo(Position + 4, end); break;
        }
    }

    /// <summary>Reads the first eight bytes without leaving the start.</summary>
    public ulong Peek()
    {
        if (_length < 8)
        {
            return 0;
        }

        Fill(8);
        return BinaryPrimitives.ReadUInt64LittleEndian(_buffer);
    }

    public InvalidDataException Bad(string problem) => new($"{problem} (at byte {Position})");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte ReadByte(long end)
    {
        Fill(end);
        return _buffer[_bufferNext++];
    }

    private void MoveTo(long position, long end)
    {
        if (position > end)
        {
            throw Bad("a field reaches beyond its message");
        }

        if (position <= _bufferStart + _bufferCount)
        {
            _bufferNext = (int)(position - _bufferStart);
            return;
        }

        stream.Position = position;
        (_bufferStart, _bufferCount, _bufferNext) = (position, 0, 0);
    }

    private void Fill(long end)
    {
        if (Position >= end)
        {
            throw Bad("a message ends in the middle of a field");
        }

        if (_bufferNext < _bufferCount)
        {
            return;
        }

        (_bufferStart, _bufferNext) = (Position, 0);
        _bufferCount = stream.ReadAtLeast(_buffer, 8, throwOnEndOfStream: false);
        if (_bufferCount == 0)
        {
            throw Bad("the file ends too early");
        }
    }
}
