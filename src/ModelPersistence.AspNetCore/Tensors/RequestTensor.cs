using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Inference;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>A tensor of a request. Its elements are in a pooled buffer that the runtime reads in place; strings are in the runtime's own memory.</summary>
internal sealed class RequestTensor : IDisposable
{
    private readonly RequestMemory _memory;
    private readonly byte[]? _buffer;
    private MemoryHandle _pin;
    private long _stringBytes;

    private RequestTensor(TensorHeader header, RequestMemory memory, byte[]? buffer) =>
        (Name, Type, Shape, _memory, _buffer) = (header.Name, header.Type, header.Shape, memory, buffer);

    public string Name { get; }

    public TensorElementType Type { get; }

    public long[] Shape { get; }

    /// <summary>What the runtime takes. Owned by this object.</summary>
    public OrtValue Value { get; private set; } = null!;

    /// <summary>Reads the elements from the array that begins at a position of the body, and moves that to the array's last byte.</summary>
    /// <exception cref="ProtocolException">The text is no such array, or the tensor is too large, or there is no memory for it now.</exception>
    public static RequestTensor Read(ReadOnlySpan<byte> json, ref int at, TensorHeader header, int maxBytes, RequestMemory memory)
    {
        var count = header.CountElements(json.Length - at, maxBytes);
        TensorText text = new(json, at, header.Name);
        var tensor = header.Type == TensorElementType.String ? OfStrings(header, count, maxBytes, ref text, memory) : OfNumbers(header, count, ref text, memory);
        at = text.Position;
        return tensor;
    }

    public void Dispose()
    {
        Value?.Dispose();
        _pin.Dispose();
        if (_buffer is not null)
        {
            _memory.Return(_buffer);
        }

        _memory.Return(_stringBytes);
    }

    /// <summary>Notes what the runtime keeps for strings, before it does.</summary>
    /// <exception cref="ProtocolException">There is no memory for it now.</exception>
    public void TakeForStrings(long bytes)
    {
        _memory.Take(bytes);
        _stringBytes += bytes;
    }

    private static RequestTensor OfStrings(TensorHeader header, int count, int maxBytes, ref TensorText text, RequestMemory memory)
    {
        RequestTensor tensor = new(header, memory, null);
        try
        {
            tensor.TakeForStrings((long)count * Datatype.SizeOf(header.Type));
            tensor.Value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, header.Shape);
            text.ReadStrings(header.Shape, new StringElements(tensor, count, header.IsBase64, maxBytes, memory));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static unsafe RequestTensor OfNumbers(TensorHeader header, int count, ref TensorText text, RequestMemory memory)
    {
        var bytes = count * Datatype.SizeOf(header.Type);
        RequestTensor tensor = new(header, memory, memory.Rent(bytes));
        try
        {
            Read(ref text, header, tensor._buffer.AsSpan(0, bytes));
            tensor._pin = tensor._buffer.AsMemory().Pin();
            tensor.Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, header.Type, header.Shape, (nint)tensor._pin.Pointer, bytes);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void Read(ref TensorText text, TensorHeader header, Span<byte> bytes)
    {
        switch (header.Type)
        {
            case TensorElementType.Float: Read<float, RealText>(ref text, header, bytes); break;
            case TensorElementType.Double: Read<double, RealText>(ref text, header, bytes); break;
            case TensorElementType.Float16: Read<Half, RealText>(ref text, header, bytes); break;
            case TensorElementType.BFloat16: Read<BFloat16, RealText>(ref text, header, bytes); break;
            case TensorElementType.Bool: Read<bool, TruthText>(ref text, header, bytes); break;
            case TensorElementType.Int8: Read<sbyte, WholeText<sbyte>>(ref text, header, bytes); break;
            case TensorElementType.Int16: Read<short, WholeText<short>>(ref text, header, bytes); break;
            case TensorElementType.Int32: Read<int, WholeText<int>>(ref text, header, bytes); break;
            case TensorElementType.Int64: Read<long, WholeText<long>>(ref text, header, bytes); break;
            case TensorElementType.UInt8: Read<byte, WholeText<byte>>(ref text, header, bytes); break;
            case TensorElementType.UInt16: Read<ushort, WholeText<ushort>>(ref text, header, bytes); break;
            case TensorElementType.UInt32: Read<uint, WholeText<uint>>(ref text, header, bytes); break;
            case TensorElementType.UInt64: Read<ulong, WholeText<ulong>>(ref text, header, bytes); break;
            default: throw ProtocolException.BadRequest($"Input '{ClientText.Show(header.Name)}' is of a datatype that JSON cannot carry here.");
        }
    }

    private static void Read<T, TText>(ref TensorText text, TensorHeader header, Span<byte> bytes)
        where T : unmanaged
        where TText : IElementText<T> => text.Read<T, TText>(header.Shape, MemoryMarshal.Cast<byte, T>(bytes));
}
