using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Writes an output, a piece at a time.</summary>
internal sealed class ResponseTensor
{
    private const int RunLength = 2048;

    private readonly string _name;
    private readonly OrtValue _value;
    private readonly bool _isBase64;
    private readonly TensorElementType _type;
    private readonly long[] _shape;
    private readonly int _count;
    private int _next;

    public ResponseTensor(string name, OrtValue value, bool isBase64)
    {
        (_name, _value, _isBase64) = (name, value, isBase64);
        var info = value.GetTensorTypeAndShape();
        (_type, _shape, _count) = (info.ElementDataType, info.Shape, checked((int)info.ElementCount));
    }

    public void WriteHead(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, _name);
        writer.WriteString("datatype"u8, Datatype.NameOf(_type));
        writer.WriteStartArray("shape"u8);
        foreach (var dimension in _shape)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        if (_isBase64 && _type == TensorElementType.String)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteString("content_type"u8, "base64"u8);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("data"u8);
    }

    /// <summary>Writes elements until so many bytes are pending, or there are no more. True while there are.</summary>
    public bool WriteSome(Utf8JsonWriter writer, int pendingBytes)
    {
        switch (_type)
        {
            case TensorElementType.Float: Write<float, RealJson>(writer, pendingBytes); break;
            case TensorElementType.Double: Write<double, RealJson>(writer, pendingBytes); break;
            case TensorElementType.Float16: Write<Float16, RealJson>(writer, pendingBytes); break;
            case TensorElementType.BFloat16: Write<BFloat16, RealJson>(writer, pendingBytes); break;
            case TensorElementType.Bool: Write<bool, TruthJson>(writer, pendingBytes); break;
            case TensorElementType.Int8: Write<sbyte, WholeJson<sbyte>>(writer, pendingBytes); break;
            case TensorElementType.Int16: Write<short, WholeJson<short>>(writer, pendingBytes); break;
            case TensorElementType.Int32: Write<int, WholeJson<int>>(writer, pendingBytes); break;
            case TensorElementType.Int64: Write<long, WholeJson<long>>(writer, pendingBytes); break;
            case TensorElementType.UInt8: Write<byte, WholeJson<byte>>(writer, pendingBytes); break;
            case TensorElementType.UInt16: Write<ushort, WholeJson<ushort>>(writer, pendingBytes); break;
            case TensorElementType.UInt32: Write<uint, WholeJson<uint>>(writer, pendingBytes); break;
            case TensorElementType.UInt64: Write<ulong, WholeJson<ulong>>(writer, pendingBytes); break;
            default: WriteStrings(writer, pendingBytes); break;
        }

        return _next < _count;
    }

    public static void WriteTail(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // Whole runs of elements are handed to the writer at once: it would take longer for one than the element's digits do.
    private void Write<T, TJson>(Utf8JsonWriter writer, int pendingBytes)
        where T : unmanaged
        where TJson : IElementJson<T>
    {
        var elements = _value.GetTensorDataAsSpan<T>();
        Span<byte> run = stackalloc byte[RunLength];
        while (_next < elements.Length && writer.BytesPending < pendingBytes)
        {
            var length = TJson.Write(run, elements[_next++]);
            while (_next < elements.Length && length < RunLength - IElementJson<T>.MaxLength)
            {
                run[length++] = (byte)',';
                length += TJson.Write(run[length..], elements[_next++]);
            }

            writer.WriteRawValue(run[..length], skipInputValidation: true);
        }
    }

    private void WriteStrings(Utf8JsonWriter writer, int pendingBytes)
    {
        while (_next < _count && writer.BytesPending < pendingBytes)
        {
            var text = _value.GetStringElementAsSpan(_next++);
            if (_isBase64)
            {
                writer.WriteBase64StringValue(text);
            }
            else
            {
                writer.WriteStringValue(text);
            }
        }
    }
}
