using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>Reads floating point elements of any width as doubles; a complex number counts as two elements.</summary>
internal sealed class FloatReader
{
    private readonly TensorElementType _part;
    private readonly int _size;

    private FloatReader(TensorElementType part) => (_part, _size) = (part, ElementTypes.SizeOf(part));

    public static FloatReader? For(TensorElementType type) => type switch
    {
        TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16 => new(type),
        TensorElementType.Complex64 => new(TensorElementType.Float),
        TensorElementType.Complex128 => new(TensorElementType.Double),
        _ => null,
    };

    public int Count(byte[] data) => data.Length / _size;

    public double Read(byte[] data, int index)
    {
        var element = data.AsSpan(index * _size, _size);
        return _part switch
        {
            TensorElementType.Float => BinaryPrimitives.ReadSingleLittleEndian(element),
            TensorElementType.Double => BinaryPrimitives.ReadDoubleLittleEndian(element),
            TensorElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
            _ => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
        };
    }
}
