using System.Numerics;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Whole numbers without fraction or exponent, within the range of their type.</summary>
internal readonly struct WholeText<T> : IElementText<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out T value)
    {
        value = default;
        var isNegative = (uint)at < (uint)json.Length && json[at] == '-';
        if (isNegative)
        {
            at++;
        }

        var first = at;
        ulong digits = 0;
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9)
        {
            var digit = (uint)(json[at] - '0');
            if (digits > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            digits = digits * 10 + digit;
            at++;
        }

        var count = at - first;
        if (count == 0 || (count > 1 && json[first] == '0'))
        {
            return false;
        }

        var bits = isNegative ? 0 - digits : digits;
        value = T.CreateTruncating(bits);

        // Right where nothing was cut off and the sign is still the one that was written.
        return ulong.CreateTruncating(value) == bits && (digits == 0 || T.IsNegative(value) == isNegative);
    }
}
