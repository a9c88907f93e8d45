using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using ModelPersistence.AspNetCore.Inference;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Fills a tensor of strings one by one, without making a string of them in between.</summary>
internal sealed class StringElements(RequestTensor tensor, int count, bool isBase64, long maxBytes, RequestMemory memory)
{
    private int _next;
    private long _bytes;

    public int Count => count;

    /// <summary>Adds the JSON string at the beginning of <paramref name="json"/> and returns its length there.</summary>
    /// <exception cref="ProtocolException">It is none.</exception>
    public int Add(ReadOnlySpan<byte> json, string input)
    {
        // Not the final block: what follows the string belongs to somebody else.
        Utf8JsonReader reader = new(json, isFinalBlock: false, default);
        if (!reader.Read())
        {
            throw ProtocolException.BadRequest("The body ends within a string.");
        }

        var pooled = memory.Rent(reader.ValueSpan.Length);
        try
        {
            Store(Decode(ref reader, pooled, input), input);
        }
        finally
        {
            memory.Return(pooled);
        }

        return (int)reader.BytesConsumed;
    }

    private ReadOnlySpan<byte> Decode(ref Utf8JsonReader reader, byte[] buffer, string input)
    {
        if (!Utf8.IsValid(reader.ValueSpan))
        {
            throw ProtocolException.BadRequest($"Element {_next} of input '{ClientText.Show(input)}' is not valid UTF-8.");
        }

        int length;
        try
        {
            length = reader.CopyString(buffer);
        }
        catch (InvalidOperationException)
        {
            throw ProtocolException.BadRequest($"Element {_next} of input '{ClientText.Show(input)}' escapes half of a surrogate pair.");
        }

        if (!isBase64)
        {
            return buffer.AsSpan(0, length);
        }

        return Base64.DecodeFromUtf8InPlace(buffer.AsSpan(0, length), out length) == OperationStatus.Done && Utf8.IsValid(buffer.AsSpan(0, length))
            ? buffer.AsSpan(0, length)
            : throw ProtocolException.BadRequest($"Element {_next} of input '{ClientText.Show(input)}' is not the base64 of text in UTF-8.");
    }

    private void Store(ReadOnlySpan<byte> text, string input)
    {
        _bytes += text.Length;
        if (_bytes > maxBytes)
        {
            throw ProtocolException.TooLarge($"Input '{ClientText.Show(input)}' has more text than this server takes in a tensor.");
        }

        tensor.TakeForStrings(text.Length);
        tensor.Value.StringTensorSetElementAt(text, _next++);
    }
}
