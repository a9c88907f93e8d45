using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>The protocol's names for the element types.</summary>
internal static class Datatype
{
    // What the runtime keeps for a string before any of its text.
    private const int StringBytes = 32;

    public const string All = "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64 and BYTES";

    private static readonly (string Name, TensorElementType Type, int Size)[] Known =
    [
        ("FP32", TensorElementType.Float, 4),
        ("INT64", TensorElementType.Int64, 8),
        ("BYTES", TensorElementType.String, StringBytes),
        ("INT32", TensorElementType.Int32, 4),
        ("FP64", TensorElementType.Double, 8),
        ("BOOL", TensorElementType.Bool, 1),
        ("UINT8", TensorElementType.UInt8, 1),
        ("FP16", TensorElementType.Float16, 2),
        ("BF16", TensorElementType.BFloat16, 2),
        ("INT8", TensorElementType.Int8, 1),
        ("INT16", TensorElementType.Int16, 2),
        ("UINT16", TensorElementType.UInt16, 2),
        ("UINT32", TensorElementType.UInt32, 4),
        ("UINT64", TensorElementType.UInt64, 8),
    ];

    public static TensorElementType? Parse(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name == name)
            {
                return known.Type;
            }
        }

        return null;
    }

    /// <summary>Null for a type that the protocol has no name for.</summary>
    public static string? NameOf(TensorElementType type)
    {
        foreach (var known in Known)
        {
            if (known.Type == type)
            {
                return known.Name;
            }
        }

        return null;
    }

    /// <summary>The memory of one element in bytes.</summary>
    public static int SizeOf(TensorElementType type)
    {
        foreach (var known in Known)
        {
            if (known.Type == type)
            {
                return known.Size;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(type), type, "The protocol does not know it.");
    }
}
