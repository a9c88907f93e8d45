using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>Writes numbers as elements of any type. Values beyond a type's range become its nearest.</summary>
internal static class TensorFiller
{
    /// <summary>Small, deterministic and not all alike: floats in [-1, 1), everything else alternating 0 and 1, which is a valid index almost anywhere.</summary>
    public static double MadeUp(TensorElementType type, long index) => type switch
    {
        TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16
            or TensorElementType.Complex64 or TensorElementType.Complex128 => (Mix((ulong)index) >> 11) * (2.0 / (1L << 53)) - 1,
        _ => index & 1,
    };

    public static void Write(Span<byte> element, TensorElementType type, double value)
    {
        switch (type)
        {
            case TensorElementType.Float: BinaryPrimitives.WriteSingleLittleEndian(element, (float)value); break;
            case TensorElementType.Double: BinaryPrimitives.WriteDoubleLittleEndian(element, value); break;
            case TensorElementType.Float16: BinaryPrimitives.WriteHalfLittleEndian(element, (Half)value); break;
            case TensorElementType.BFloat16: BinaryPrimitives.WriteUInt16LittleEndian(element, ToBFloat16((float)value)); break;
            case TensorElementType.UInt8: element[0] = byte.CreateSaturating(value); break;
            case TensorElementType.Int8: element[0] = (byte)sbyte.CreateSaturating(value); break;
            case TensorElementType.Bool: element[0] = value != 0 ? (byte)1 : (byte)0; break;
            case TensorElementType.UInt16: BinaryPrimitives.WriteUInt16LittleEndian(element, ushort.CreateSaturating(value)); break;
            case TensorElementType.Int16: BinaryPrimitives.WriteInt16LittleEndian(element, short.CreateSaturating(value)); break;
            case TensorElementType.UInt32: BinaryPrimitives.WriteUInt32LittleEndian(element, uint.CreateSaturating(value)); break;
            case TensorElementType.Int32: BinaryPrimitives.WriteInt32LittleEndian(element, int.CreateSaturating(value)); break;
            case TensorElementType.UInt64: BinaryPrimitives.WriteUInt64LittleEndian(element, ulong.CreateSaturating(value)); break;
            case TensorElementType.Int64: BinaryPrimitives.WriteInt64LittleEndian(element, long.CreateSaturating(value)); break;
            case TensorElementType.Complex64:
                element.Clear();
                BinaryPrimitives.WriteSingleLittleEndian(element, (float)value);
                break;
            case TensorElementType.Complex128:
                element.Clear();
                BinaryPrimitives.WriteDoubleLittleEndian(element, value);
                break;
            default: throw new NotSupportedException($"Elements of {ElementTypes.NameOf(type)} cannot be written.");
        }
    }

    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static ulong Mix(ulong index)
    {
        // SplitMix64: element i does not depend on the elements before it.
        var z = (index + 1) * 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
