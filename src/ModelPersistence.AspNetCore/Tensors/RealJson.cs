using System.Buffers.Text;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>
/// Floating-point numbers in the shortest form that reads back as the same number. JSON has no numbers that are not finite: they are the
/// strings <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, as in the JSON of protocol buffers.
/// </summary>
internal readonly struct RealJson : IElementJson<float>, IElementJson<double>, IElementJson<Float16>, IElementJson<BFloat16>
{
    private const int MaxWhole = 9;
    private const int MaxZeros = 4;

    public static int Write(Span<byte> json, float value)
    {
        if (!float.IsFinite(value))
        {
            return WriteNotFinite(json, value);
        }

        var sign = 0;
        if (float.IsNegative(value))
        {
            json[sign++] = (byte)'-';
            value = -value;
        }

        return value == 0 ? sign + Put(json[sign..], "0"u8) : sign + WritePositive(json[sign..], value);
    }

    public static int Write(Span<byte> json, double value)
    {
        if (!double.IsFinite(value))
        {
            return WriteNotFinite(json, value);
        }

        Utf8Formatter.TryFormat(value, json, out var length);
        return length;
    }

    public static int Write(Span<byte> json, Float16 value) => Write(json, (float)value);

    public static int Write(Span<byte> json, BFloat16 value) => Write(json, (float)value);

    private static int WritePositive(Span<byte> json, float value)
    {
        var digits = ShortestDecimal.Find(value, out var exponent);
        while (digits % 10 == 0)
        {
            digits /= 10;
            exponent++;
        }

        // Room for a point is left in front of the digits.
        Utf8Formatter.TryFormat(digits, json[1..], out var count);
        var whole = count + exponent;
        if (exponent >= 0 && whole <= MaxWhole)
        {
            json.Slice(1, count).CopyTo(json);
            json.Slice(count, exponent).Fill((byte)'0');
            return whole;
        }

        if (whole is > 0 and <= MaxWhole)
        {
            json.Slice(1, whole).CopyTo(json);
            json[whole] = (byte)'.';
            return count + 1;
        }

        if (whole is <= 0 and >= -MaxZeros)
        {
            var zeros = "0.0000"u8[..(2 - whole)];
            json.Slice(1, count).CopyTo(json[zeros.Length..]);
            zeros.CopyTo(json);
            return zeros.Length + count;
        }

        json[0] = json[1];
        json[1] = (byte)'.';
        var end = count == 1 ? 1 : count + 1;
        json[end++] = (byte)'E';
        Utf8Formatter.TryFormat(whole - 1, json[end..], out var length);
        return end + length;
    }

    private static int WriteNotFinite(Span<byte> json, double value) =>
        Put(json, double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);

    private static int Put(Span<byte> json, ReadOnlySpan<byte> text)
    {
        text.CopyTo(json);
        return text.Length;
    }
}
