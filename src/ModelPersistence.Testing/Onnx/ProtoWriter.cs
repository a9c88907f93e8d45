using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ModelPersistence.Testing;

/// <summary>
/// Writes one protobuf message as a rope of pieces: small fields are bytes at once, large ones are a length and a
/// callback. Lengths are known before anything is written, so a message of gigabytes streams to its destination.
/// </summary>
internal sealed class ProtoWriter
{
    private readonly List<Piece> _pieces = [];
    private readonly ArrayBufferWriter<byte> _tail = new();
    private long _sealedLength;

    private readonly record struct Piece(byte[]? Bytes, long Length, TensorFill? Fill);

    public long Length => _sealedLength + _tail.WrittenCount;

    public void Int(int field, long value)
    {
        Tag(field, 0);
        Varint((ulong)value);
    }

    public void Float(int field, float value)
    {
        Tag(field, 5);
        BinaryPrimitives.WriteSingleLittleEndian(_tail.GetSpan(4), value);
        _tail.Advance(4);
    }

    public void String(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Header(field, value.Length);
        _tail.Write(value);
    }

    public void PackedInts(int field, ReadOnlySpan<long> values)
    {
        var packed = new ProtoWriter();
        foreach (var value in values)
        {
            packed.Varint((ulong)value);
        }
        Append(field, packed);
    }

    public void Message(int field, Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        write(message);
        Append(field, message);
    }

    public void Fill(int field, long length, TensorFill fill)
    {
        Header(field, length);
        Seal();
        Add(new Piece(null, length, fill));
    }

    public void CopyTo(Stream destination)
    {
        Seal();
        foreach (var piece in _pieces)
        {
            if (piece.Bytes is not null)
            {
                destination.Write(piece.Bytes);
            }
            else
            {
                TensorData.Stream(destination, piece.Length, piece.Fill!);
            }
        }
    }

    private void Append(int field, ProtoWriter message)
    {
        Header(field, message.Length);
        if (message._pieces.Count == 0)
        {
            _tail.Write(message._tail.WrittenSpan);
            return;
        }
        Seal();
        message.Seal();
        foreach (var piece in message._pieces)
        {
            Add(piece);
        }
    }

    private void Add(Piece piece)
    {
        _pieces.Add(piece);
        _sealedLength += piece.Length;
    }

    private void Seal()
    {
        if (_tail.WrittenCount > 0)
        {
            Add(new Piece(_tail.WrittenSpan.ToArray(), _tail.WrittenCount, null));
            _tail.ResetWrittenCount();
        }
    }

    private void Header(int field, long length)
    {
        Tag(field, 2);
        Varint((ulong)length);
    }

    private void Tag(int field, int wireType) => Varint((ulong)((field << 3) | wireType));

    private void Varint(ulong value)
    {
        var span = _tail.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[count++] = (byte)(value | 0x80);
        }
        span[count++] = (byte)value;
        _tail.Advance(count);
    }
}
