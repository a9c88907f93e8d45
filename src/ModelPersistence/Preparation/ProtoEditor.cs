using System.Buffers;
using System.Text;

namespace ModelPersistence.Preparation;

/// <summary>Changes nested messages of a protocol buffer in memory and leaves every other byte as it is. For documents that were just written by the runtime.</summary>
internal static class ProtoEditor
{
    public delegate ArrayBufferWriter<byte>? Change(ReadOnlySpan<byte> message);

    /// <summary>A copy of a message in which every nested message of the field is replaced; null keeps it.</summary>
    public static ArrayBufferWriter<byte> Edit(ReadOnlySpan<byte> message, int field, Change change)
    {
        ArrayBufferWriter<byte> copy = new(message.Length + 1024);
        for (var rest = message; TryTake(ref rest, out var number, out var whole, out var content);)
        {
            if (number == field && change(content) is { } changed)
            {
                WriteBytes(copy, field, changed.WrittenSpan);
            }
            else
            {
                copy.Write(whole);
            }
        }

        return copy;
    }

    public static ArrayBufferWriter<byte> Without(ReadOnlySpan<byte> message, int field)
    {
        ArrayBufferWriter<byte> copy = new(message.Length + 1024);
        for (var rest = message; TryTake(ref rest, out var number, out var whole, out _);)
        {
            if (number != field)
            {
                copy.Write(whole);
            }
        }

        return copy;
    }

    public static bool Has(ReadOnlySpan<byte> message, int field)
    {
        for (var rest = message; TryTake(ref rest, out var number, out _, out _);)
        {
            if (number == field)
            {
                return true;
            }
        }

        return false;
    }

    public static string? FindText(ReadOnlySpan<byte> message, int field)
    {
        for (var rest = message; TryTake(ref rest, out var number, out _, out var content);)
        {
            if (number == field)
            {
                return Encoding.UTF8.GetString(content);
            }
        }

        return null;
    }

    public static void WriteBytes(ArrayBufferWriter<byte> target, int field, ReadOnlySpan<byte> content)
    {
        WriteVarint(target, ((ulong)field << 3) | 2);
        WriteVarint(target, (ulong)content.Length);
        target.Write(content);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out int field, out ReadOnlySpan<byte> whole, out ReadOnlySpan<byte> content)
    {
        field = 0;
        whole = content = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        var start = rest;
        var tag = ReadVarint(ref rest);
        field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0: ReadVarint(ref rest); break;
            case 1: rest = rest[8..]; break;
            case 2:
                var length = (int)ReadVarint(ref rest);
                content = rest[..length];
                rest = rest[length..];
                break;
            case 5: rest = rest[4..]; break;
            default: throw new InvalidDataException("The saved graph holds a field of an unknown kind.");
        }

        whole = start[..^rest.Length];
        return true;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = rest[0];
            rest = rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("The saved graph holds a number that is too long.");
    }

    private static void WriteVarint(ArrayBufferWriter<byte> target, ulong value)
    {
        var span = target.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        target.Advance(length);
    }
}
