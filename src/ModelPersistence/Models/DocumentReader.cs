using System.Text.Json;

namespace ModelPersistence.Models;

/// <summary>Reads and writes the JSON documents of a repository, bounded and strict.</summary>
internal static class DocumentReader
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public static ModelManifest ReadManifest(string name, ModelVersion version, ReadOnlyMemory<byte> utf8Json)
    {
        var manifest = Read(name, "manifest.json", utf8Json, ManifestJson.ReadManifest);
        ManifestRules.Check(manifest);
        if (manifest.Name != name || manifest.Version != version)
        {
            throw Refuse(name, "manifest.json", $"it is of '{manifest.Name}' {manifest.Version}, not of '{name}' {version}");
        }

        return manifest;
    }

    public static AliasDocument ReadAliases(string name, ReadOnlyMemory<byte> utf8Json)
    {
        var document = Read(name, "aliases.json", utf8Json, ManifestJson.ReadAliases);
        return document switch
        {
            { FormatVersion: not AliasDocument.CurrentFormatVersion } => throw Refuse(name, "aliases.json", $"its format version is {document.FormatVersion} and this library reads {AliasDocument.CurrentFormatVersion}"),
            _ when document.Name != name => throw Refuse(name, "aliases.json", $"it is of '{ModelName.Printable(document.Name)}'"),
            { Revision: < 0 } => throw Refuse(name, "aliases.json", "its revision is negative"),
            _ when document.Aliases.Keys.FirstOrDefault(static alias => !ModelSelector.IsAlias(alias)) is { } bad =>
                throw Refuse(name, "aliases.json", $"'{ModelName.Printable(bad)}' is not a valid alias"),
            _ => document,
        };
    }

    public static byte[] Write(ModelManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, DocumentJson.Default.ModelManifest);

    public static byte[] Write(AliasDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, DocumentJson.Default.AliasDocument);

    private static T Read<T>(string name, string file, ReadOnlyMemory<byte> utf8Json, Func<JsonElement, T> read)
    {
        if (utf8Json.Length > ManifestRules.MaxDocumentBytes)
        {
            throw Refuse(name, file, $"it is larger than {ManifestRules.MaxDocumentBytes} bytes");
        }

        try
        {
            using var document = JsonDocument.Parse(utf8Json, Strict);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw Refuse(name, file, $"it is not valid JSON of the expected form ({e.Message})", e);
        }
    }

    private static ModelIntegrityException Refuse(string name, string file, string problem, Exception? inner = null) =>
        new($"The {file} of model '{name}' is refused: {problem}. Publish the model again or restore the file.", inner) { Model = name, File = file };
}
