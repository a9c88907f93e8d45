using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>
/// Floating-point numbers, rounded to the nearest, and refused where the type has no finite number for them. Nearly all are one division
/// of the digits by a power of ten away; the others take the framework's way, which is ten times as long.
/// </summary>
internal readonly struct RealText : IElementText<float>, IElementText<double>, IElementText<Half>, IElementText<BFloat16>
{
    // Powers and digits up to here are exact as double, so that one division or multiplication rounds right.
    private const int ExactPowers = 22;
    private const ulong ExactDigits = 1UL << 53;

    // The bits of a double that a float has not, half of their range, and how far rounding three times can lead astray at most.
    private const ulong BeyondFloat = (1UL << 29) - 1;
    private const long Midway = 1L << 28;
    private const long Doubt = 8;
    private const double SmallestNormal = 1.17549435E-38;

    private static readonly double[] Powers = [.. Enumerable.Range(0, 48).Select(static n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out float value)
    {
        var start = at;
        if (!DecimalText.TryRead(json, ref at, out var number))
        {
            value = 0;
            return false;
        }

        if (number.IsComplete && (uint)(number.Exponent + Powers.Length - 1) <= 2 * (uint)(Powers.Length - 1))
        {
            var wide = Scale(number.Digits, number.Exponent);
            var beyond = (long)(BitConverter.DoubleToUInt64Bits(wide) & BeyondFloat);

            // What lies midway between two floats, or as near as the error may be, could fall to either side.
            if (Math.Abs(beyond - Midway) > Doubt && (wide is >= SmallestNormal and <= float.MaxValue || number.Digits == 0))
            {
                value = (float)(number.IsNegative ? -wide : wide);
                return true;
            }
        }

        return float.TryParse(json[start..at], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }

    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out double value)
    {
        var start = at;
        if (!DecimalText.TryRead(json, ref at, out var number))
        {
            value = 0;
            return false;
        }

        if (number is { IsComplete: true, Digits: <= ExactDigits, Exponent: >= -ExactPowers and <= ExactPowers })
        {
            value = Scale(number.Digits, number.Exponent);
            value = number.IsNegative ? -value : value;
            return true;
        }

        return double.TryParse(json[start..at], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out Half value)
    {
        var isRead = TryRead(json, ref at, out double wide);
        value = (Half)wide;
        return isRead && Half.IsFinite(value);
    }

    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out BFloat16 value)
    {
        var isRead = TryRead(json, ref at, out float wide);
        value = (BFloat16)wide;
        return isRead && BFloat16.IsFinite(value);
    }

    private static double Scale(ulong digits, int exponent) => exponent < 0 ? digits / Powers[-exponent] : digits * Powers[exponent];
}
