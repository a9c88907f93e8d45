using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// Writes <c>prepared.json</c>. It begins with the digest of all that follows, so that a torn or altered document is known as such before
/// anything in it is believed. Read by <see cref="PreparedJsonReader"/>.
/// </summary>
internal static class PreparedJson
{
    public const int MaxBytes = 32 << 20;

    private const string Head = "{\"check\":\"";
    public static readonly int BodyStart = Head.Length + 64 + 2;

    public static byte[] Write(PreparedDocument document)
    {
        ArrayBufferWriter<byte> buffer = new(16 << 10);
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("model", document.Model);
            writer.WriteString("kind", document.Kind.ToString());
            writer.WriteString("form", document.Form.ToString());
            writer.WriteString("key", document.Key);
            writer.WriteString("created", document.Created);
            WriteNumber(writer, "originalMs", document.OriginalMs);
            WriteNumber(writer, "preparedMs", document.PreparedMs);
            WriteText(writer, "graph", document.Graph);
            WriteText(writer, "weights", document.Weights);
            WriteList(writer, "refused", document.Refused, static (w, refusal) => WriteRefusal(w, refusal));
            WriteList(writer, "files", document.Files, static (w, file) => WriteFile(w, file));
            WriteList(writer, "initializers", document.Initializers, static (w, tensor) => WriteInitializer(w, tensor));
            WriteList(writer, "packed", document.Packed, static (w, range) => WriteRange(w, range));
            WriteList(writer, "touch", document.Touch, static (w, range) => WriteRange(w, range));
            writer.WriteEndObject();
        }

        // The opening brace of the body becomes part of the head.
        var body = buffer.WrittenSpan[1..];
        return [.. Encoding.ASCII.GetBytes(Head + Sha256Digest.Of(body).Hex + "\","), .. body];
    }

    /// <summary>The body, when the digest at the start is that of the rest.</summary>
    public static bool TryGetBody(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body)
    {
        body = default;
        Span<char> digest = stackalloc char[64];
        if (bytes.Length <= BodyStart
            || bytes.Length > MaxBytes
            || !bytes.StartsWith("{\"check\":\""u8)
            || Encoding.ASCII.GetChars(bytes.Slice(Head.Length, 64), digest) != 64
            || !Sha256Digest.TryParse(digest, out var stated)
            || stated != Sha256Digest.Of(bytes[BodyStart..]))
        {
            return false;
        }

        body = bytes[BodyStart..];
        return true;
    }

    private static void WriteRefusal(Utf8JsonWriter writer, Refusal refusal)
    {
        writer.WriteStartObject();
        writer.WriteString("form", refusal.Form.ToString());
        writer.WriteString("reason", refusal.Reason);
        writer.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter writer, ModelFile file)
    {
        writer.WriteStartObject();
        writer.WriteString("path", file.Path);
        writer.WriteNumber("size", file.Size);
        writer.WriteString("sha256", file.Sha256.Hex);
        WriteList(writer, "pieces", file.Chunks, static (w, piece) => w.WriteStringValue(piece.Sha256.Hex));
        writer.WriteEndObject();
    }

    private static void WriteInitializer(Utf8JsonWriter writer, PreparedInitializer tensor)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(tensor.Name);
        writer.WriteNumberValue(tensor.Type);
        writer.WriteNumberValue(tensor.Range.Offset);
        writer.WriteNumberValue(tensor.Range.Length);
        writer.WriteStartArray();
        foreach (var dimension in tensor.Shape)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        writer.WriteEndArray();
    }

    private static void WriteRange(Utf8JsonWriter writer, ByteRange range)
    {
        writer.WriteNumberValue(range.Offset);
        writer.WriteNumberValue(range.Length);
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, Math.Round(number, 3));
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
