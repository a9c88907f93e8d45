using System.Buffers;
using System.Text.Json;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>The document <c>.refused/&lt;model&gt;.json</c>: strict and bounded both ways.</summary>
internal static class RefusedVersionJson
{
    public const int MaxBytes = 256 << 10;
    public const int MaxEntries = 32;
    public const int MaxReason = 1000;

    private const int FormatVersion = 1;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <exception cref="FormatException">The document is not what this library writes.</exception>
    public static RefusedVersion[] Read(string model, ReadOnlyMemory<byte> utf8Json)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8Json, Strict);
            var root = document.RootElement;
            if (root.Whole("formatVersion") != FormatVersion || root.Text("name") != model)
            {
                throw new FormatException($"it is of the format {root.Whole("formatVersion")} and of the model '{ModelName.Printable(root.Text("name"))}'");
            }

            var entries = root.Items("refused", entry => ReadEntry(model, entry));
            return entries.Length <= MaxEntries ? entries : throw new FormatException($"it has {entries.Length} entries, {MaxEntries} are allowed");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            throw new FormatException(e.Message.TrimEnd('.', ' '), e);
        }
    }

    public static ReadOnlyMemory<byte> Write(string model, IReadOnlyList<RefusedVersion> entries)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("formatVersion", FormatVersion);
            json.WriteString("name", model);
            json.WriteStartArray("refused");
            foreach (var entry in entries)
            {
                WriteEntry(json, entry);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static void WriteEntry(Utf8JsonWriter json, RefusedVersion entry)
    {
        json.WriteStartObject();
        json.WriteString("selector", entry.Selector);
        json.WriteNumber("revision", entry.Revision);
        json.WriteString("version", entry.Version.ToString());
        if (entry.Digest is { } digest)
        {
            json.WriteString("digest", digest.Hex);
        }

        json.WriteString("reason", entry.Reason.Length <= MaxReason ? entry.Reason : entry.Reason[..MaxReason]);
        json.WriteString("at", entry.At.UtcDateTime);
        json.WriteStartArray("lastGood");
        foreach (var good in entry.LastGood)
        {
            json.WriteStartObject();
            json.WriteString("version", good.Version.ToString());
            json.WriteNumber("weight", good.Weight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static RefusedVersion ReadEntry(string model, JsonElement entry) => new()
    {
        Model = model,
        Selector = entry.Text("selector") is var selector && ModelSelector.TryParse(selector, out _) ? selector : throw new FormatException("a selector is not valid"),
        Revision = entry.Whole("revision") is >= 0 and var revision ? revision : throw new FormatException("a revision is negative"),
        Version = entry.Required("version").AsVersion("version"),
        Digest = entry.Optional("digest") is null ? null : entry.Digest("digest"),
        Reason = entry.Text("reason") is { Length: <= MaxReason } reason ? reason : throw new FormatException($"a reason has more than {MaxReason} characters"),
        At = entry.UtcTime("at"),
        LastGood = entry.Items("lastGood", ReadGood) is { Length: <= AliasTarget.MaxVersions } good ? good : throw new FormatException("too many versions served before"),
    };

    private static WeightedVersion ReadGood(JsonElement good) => new(
        good.Required("version").AsVersion("version"),
        good.Whole("weight") is >= 1 and <= AliasTarget.MaxWeight and var weight ? (int)weight : throw new FormatException("a weight is out of bounds"));
}
