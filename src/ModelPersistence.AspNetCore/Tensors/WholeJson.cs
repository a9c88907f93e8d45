using System.Globalization;
using System.Numerics;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Whole numbers.</summary>
internal readonly struct WholeJson<T> : IElementJson<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static int Write(Span<byte> json, T value)
    {
        value.TryFormat(json, out var length, default, CultureInfo.InvariantCulture);
        return length;
    }
}
