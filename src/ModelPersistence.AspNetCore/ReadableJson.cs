using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelPersistence.AspNetCore;

/// <summary>
/// How messages and reports are written: quotes, plus signs and letters of any language as they are, since people read them in a terminal.
/// That is safe in an answer of the type application/json, which no browser takes for a page.
/// </summary>
internal static class ReadableJson
{
    public static JsonWriterOptions Writer { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonSerializerOptions NewSerializerOptions() => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
