using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>The element types of ONNX that a tensor in memory can have: their names in documents and their sizes.</summary>
internal static class ElementTypes
{
    private static readonly (string Name, int Size)[] Known =
    [
        ("undefined", 0), ("float", 4), ("uint8", 1), ("int8", 1), ("uint16", 2), ("int16", 2), ("int32", 4), ("int64", 8), ("string", 0),
        ("bool", 1), ("float16", 2), ("double", 8), ("uint32", 4), ("uint64", 8), ("complex64", 8), ("complex128", 16), ("bfloat16", 2),
    ];

    /// <summary>The ONNX name in lowercase.</summary>
    public static string NameOf(TensorElementType type) =>
        (int)type > 0 && (int)type < Known.Length ? Known[(int)type].Name : $"type {(int)type}";

    /// <summary>Bytes per element; 0 for strings and for types that have no managed counterpart (packed and 8-bit floats).</summary>
    public static int SizeOf(TensorElementType type) => (int)type > 0 && (int)type < Known.Length ? Known[(int)type].Size : 0;

    public static bool TryParse(string name, out TensorElementType type)
    {
        var index = Array.FindIndex(Known, 1, known => known.Name == name);
        type = (TensorElementType)Math.Max(index, 0);
        return index > 0;
    }

    /// <summary>The number of elements of a shape, or -1 when a dimension is negative or the product leaves the range of a long.</summary>
    public static long Count(ReadOnlySpan<long> shape)
    {
        ulong count = 1;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
            {
                return -1;
            }

            if (Math.BigMul(count, (ulong)dimension, out count) != 0 || count > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)count;
    }
}
