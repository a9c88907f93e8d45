using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Testing;

/// <summary>A tensor of the model being built: its name, type, dimensions in elements and where its bytes come from.</summary>
internal sealed record TensorData(string Name, TensorElementType Type, long[] Dimensions, long Length, TensorFill? Fill, string[]? Strings)
{
    private const int PieceBytes = 1 << 20;

    public static TensorData Of<T>(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var type = ElementTypes.Of<T>();
        var bytes = MemoryMarshal.AsBytes(values).ToArray();
        var tensor = Filled(
            name,
            type,
            dimensions,
            (destination, offset) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination)
        );
        return tensor.Length == bytes.Length
            ? tensor
            : throw new ArgumentException(
                $"Tensor '{name}' has {values.Length} values; [{string.Join(", ", tensor.Dimensions)}] holds another number.",
                nameof(values)
            );
    }

    public static TensorData Filled(string name, TensorElementType type, ReadOnlySpan<long> dimensions, TensorFill fill)
    {
        var length = checked(Count(dimensions) * ElementTypes.Bytes(type));
        return new(name, type, dimensions.ToArray(), length, fill, null);
    }

    public static TensorData OfStrings(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<string> values) =>
        new(name, TensorElementType.String, dimensions.ToArray(), 0, null, values.ToArray());

    public static void Stream(Stream destination, long length, TensorFill fill)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        for (long offset = 0; offset < length; offset += PieceBytes)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(PieceBytes, length - offset));
            fill(piece, offset);
            destination.Write(piece);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public void Write(ProtoWriter tensor, ExternalData? external)
    {
        tensor.PackedInts(1, Dimensions);
        tensor.Int(2, (long)Type);
        foreach (var text in Strings ?? [])
        {
            tensor.String(6, text);
        }
        tensor.String(8, Name);
        if (Fill is null)
        {
            return;
        }
        if (external is null || !external.TryWrite(tensor, this))
        {
            tensor.Fill(9, Length, Fill);
        }
    }

    private static long Count(ReadOnlySpan<long> dimensions)
    {
        long count = 1;
        foreach (var dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(dimensions));
            count = checked(count * dimension);
        }
        return count;
    }
}
