using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>Source-generated JSON of the repository's documents: no reflection, safe to trim and to compile ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    MaxDepth = 16,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(Sha256DigestConverter), typeof(ModelVersionConverter)])]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(AliasDocument))]
internal sealed partial class DocumentJson : JsonSerializerContext;

internal sealed class Sha256DigestConverter : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[128];
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length < text.Length
            && Sha256Digest.TryParse(text[..reader.CopyString(text)], out var digest)
            ? digest
            : throw new JsonException("A SHA-256 digest in lowercase hexadecimal is expected.");
    }

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
}

internal sealed class ModelVersionConverter : JsonConverter<ModelVersion>
{
    public override ModelVersion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ModelVersion.TryParse(reader.GetString(), out var version)
            ? version
            : throw new JsonException("A version of three parts is expected, for example 1.2.0.");

    public override void Write(Utf8JsonWriter writer, ModelVersion value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
