using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>A number of JSON, taken apart: digits times ten to the exponent.</summary>
internal readonly ref struct DecimalText
{
    private const int MaxDigits = 19;
    private const int MaxExponent = 100_000;

    private DecimalText(ulong digits, int exponent, bool isNegative, bool isComplete) =>
        (Digits, Exponent, IsNegative, IsComplete) = (digits, exponent, isNegative, isComplete);

    public ulong Digits { get; }

    public int Exponent { get; }

    public bool IsNegative { get; }

    /// <summary>Whether <see cref="Digits"/> holds them all.</summary>
    public bool IsComplete { get; }

    /// <summary>Reads as the grammar of JSON has it, and moves behind the number. False where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out DecimalText number)
    {
        number = default;
        var i = at;
        var isNegative = (uint)i < (uint)json.Length && json[i] == '-';
        if (isNegative)
        {
            i++;
        }

        var first = i;
        ulong digits = 0;
        while ((uint)i < (uint)json.Length && (uint)(json[i] - '0') <= 9)
        {
            digits = digits * 10 + (uint)(json[i++] - '0');
        }

        var count = i - first;
        if (count == 0 || (count > 1 && json[first] == '0'))
        {
            return false;
        }

        var exponent = 0;
        if ((uint)i < (uint)json.Length && json[i] == '.')
        {
            first = ++i;
            while (json.Length - i >= sizeof(ulong) && BinaryPrimitives.ReadUInt64LittleEndian(json[i..]) is var eight && AreDigits(eight))
            {
                digits = digits * 100_000_000 + ValueOf(eight);
                i += sizeof(ulong);
            }

            while ((uint)i < (uint)json.Length && (uint)(json[i] - '0') <= 9)
            {
                digits = digits * 10 + (uint)(json[i++] - '0');
            }

            exponent = first - i;
            count -= exponent;
            if (exponent == 0)
            {
                return false;
            }
        }

        if ((uint)i < (uint)json.Length && (json[i] | 0x20) == 'e' && !TryReadExponent(json, ref i, ref exponent))
        {
            return false;
        }

        at = i;
        number = new DecimalText(digits, exponent, isNegative, count <= MaxDigits);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> json, ref int at, ref int exponent)
    {
        var i = at + 1;
        var isNegative = (uint)i < (uint)json.Length && json[i] == '-';
        if (isNegative || ((uint)i < (uint)json.Length && json[i] == '+'))
        {
            i++;
        }

        var first = i;
        var value = 0;
        while ((uint)i < (uint)json.Length && (uint)(json[i] - '0') <= 9)
        {
            value = Math.Min(value * 10 + (json[i++] - '0'), MaxExponent);
        }

        exponent += isNegative ? -value : value;
        at = i;
        return i > first;
    }

    private static bool AreDigits(ulong eight) =>
        (((eight + 0x4646464646464646) | (eight - 0x3030303030303030)) & 0x8080808080808080) == 0;

    // Pairs, then fours, then all eight are put together, each in one multiplication.
    private static uint ValueOf(ulong eight)
    {
        eight -= 0x3030303030303030;
        eight = eight * 10 + (eight >> 8);
        return (uint)(((eight & 0x000000FF000000FF) * 0x000F424000000064 + ((eight >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >> 32);
    }
}
