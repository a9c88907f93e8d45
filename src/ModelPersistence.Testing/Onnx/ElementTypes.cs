using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Testing;

/// <summary>The element types of ONNX, which <see cref="TensorElementType"/> numbers as the format does.</summary>
internal static class ElementTypes
{
    public static TensorElementType Of<T>()
        where T : unmanaged =>
        default(T) switch
        {
            float => TensorElementType.Float,
            double => TensorElementType.Double,
            Half or Float16 => TensorElementType.Float16,
            BFloat16 => TensorElementType.BFloat16,
            long => TensorElementType.Int64,
            int => TensorElementType.Int32,
            short => TensorElementType.Int16,
            sbyte => TensorElementType.Int8,
            ulong => TensorElementType.UInt64,
            uint => TensorElementType.UInt32,
            ushort => TensorElementType.UInt16,
            byte => TensorElementType.UInt8,
            bool => TensorElementType.Bool,
            _ => throw new NotSupportedException(
                $"{typeof(T)} is no element type here: use float, double, Half, BFloat16, bool or an integer."
            ),
        };

    public static int Bytes(TensorElementType type) =>
        type switch
        {
            TensorElementType.Bool or TensorElementType.Int8 or TensorElementType.UInt8 => 1,
            TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Int16 or TensorElementType.UInt16 => 2,
            TensorElementType.Float or TensorElementType.Int32 or TensorElementType.UInt32 => 4,
            TensorElementType.Double or TensorElementType.Int64 or TensorElementType.UInt64 or TensorElementType.Complex64 => 8,
            TensorElementType.Complex128 => 16,
            _ => throw new NotSupportedException($"Elements of type {type} have no fixed number of bytes here."),
        };
}
