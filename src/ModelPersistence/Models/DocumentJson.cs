using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>Writes the repository's documents. Reading is done by hand, see <see cref="JsonFields"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    GenerationMode = JsonSourceGenerationMode.Default,
    Converters = [typeof(Sha256DigestConverter), typeof(ModelVersionConverter), typeof(AliasTargetConverter)])]
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
