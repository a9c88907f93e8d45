using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>Compares integer outputs where a golden sample allows them a tolerance, as quantized models need.</summary>
internal static class IntegerReader
{
    public static string? WhyDiffer(byte[] given, byte[] wanted, TensorElementType type, double absolute, double relative)
    {
        var size = ElementTypes.SizeOf(type);
        if (size is 0 or > 8)
        {
            return "has other values";
        }

        for (var i = 0; i < wanted.Length / size; i++)
        {
            var (a, b) = (Read(given, i, size, type), Read(wanted, i, size, type));
            if ((double)Int128.Abs(a - b) > absolute + (relative * (double)Int128.Abs(b)))
            {
                return string.Create(CultureInfo.InvariantCulture, $"differs at element {i}: {a} instead of {b}");
            }
        }

        return null;
    }

    private static Int128 Read(byte[] data, int index, int size, TensorElementType type)
    {
        var element = data.AsSpan(index * size, size);
        return type switch
        {
            TensorElementType.Int8 => (sbyte)element[0],
            TensorElementType.UInt8 or TensorElementType.Bool => element[0],
            TensorElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
            TensorElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
            TensorElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
            TensorElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(element),
            TensorElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(element),
            _ => BinaryPrimitives.ReadInt64LittleEndian(element),
        };
    }
}
