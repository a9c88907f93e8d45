using System.Text.Json;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// Reads <c>prepared.json</c> by hand: it stands on the way of a start that takes tens of milliseconds, and a serializer's own start would
/// cost more than the document. Throws <see cref="JsonException"/>, <see cref="FormatException"/> or
/// <see cref="InvalidOperationException"/> on anything unexpected.
/// </summary>
internal static class PreparedJsonReader
{
    private const int MaxItems = 1_000_000;

    /// <summary>Null when the bytes are not a document that this version wrote, whole and unaltered.</summary>
    public static PreparedDocument? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (!PreparedJson.TryGetBody(bytes, out _))
        {
            return null;
        }

        try
        {
            Utf8JsonReader reader = new(bytes);
            var document = Read(ref reader);
            return WhyUnsafe(document) is null ? document : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    private static PreparedDocument Read(ref Utf8JsonReader reader)
    {
        PreparedDocument document = new() { Model = "", Kind = default, Form = default, Key = "", Created = default };
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            Next(ref reader);
            document = name switch
            {
                "model" => document with { Model = Text(ref reader) },
                "kind" => document with { Kind = Parse<ArtifactKind>(Text(ref reader)) },
                "form" => document with { Form = Parse<ArtifactForm>(Text(ref reader)) },
                "key" => document with { Key = Text(ref reader) },
                "created" => document with { Created = reader.GetDateTimeOffset() },
                "originalMs" => document with { OriginalMs = reader.GetDouble() },
                "preparedMs" => document with { PreparedMs = reader.GetDouble() },
                "graph" => document with { Graph = Text(ref reader) },
                "weights" => document with { Weights = Text(ref reader) },
                "refused" => document with { Refused = List(ref reader, ReadRefusal) },
                "files" => document with { Files = List(ref reader, ReadFile) },
                "initializers" => document with { Initializers = List(ref reader, ReadInitializer) },
                "packed" => document with { Packed = List(ref reader, ReadRange) },
                "touch" => document with { Touch = List(ref reader, ReadRange) },
                _ => Ignore(ref reader, document),
            };
        }

        return document;
    }

    /// <summary>No path of a document may lead anywhere but into its own folder, and what it opens must be among what it hashes.</summary>
    private static string? WhyUnsafe(PreparedDocument document)
    {
        foreach (var file in document.Files)
        {
            if (SafePath.WhyUnsafe(file.Path) is { } reason || file.Size < 0 || file.Chunks.Sum(static piece => (long)piece.Length) != file.Size)
            {
                return $"the file '{file.Path}' is not safe";
            }
        }

        var opened = new[] { document.Graph, document.Weights }.Where(static name => name is not null);
        return opened.All(name => document.Files.Any(file => file.Path == name)) && (document.Graph is null) == (document.Form == ArtifactForm.Original)
            ? null
            : "it opens a file that it does not list";
    }

    private static Refusal ReadRefusal(ref Utf8JsonReader reader)
    {
        var (form, reason) = (ArtifactForm.Original, "");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            Next(ref reader);
            (form, reason) = name == "form" ? (Parse<ArtifactForm>(Text(ref reader)), reason) : (form, Text(ref reader));
        }

        return new Refusal(form, reason);
    }

    private static ModelFile ReadFile(ref Utf8JsonReader reader)
    {
        ModelFile file = new() { Path = "", Size = -1, Sha256 = default, Chunks = [] };
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            Next(ref reader);
            file = name switch
            {
                "path" => file with { Path = Text(ref reader) },
                "size" => file with { Size = reader.GetInt64() },
                "sha256" => file with { Sha256 = Sha256Digest.Parse(Text(ref reader)) },
                _ => file with { Chunks = List(ref reader, ReadPiece) },
            };
        }

        return file;
    }

    private static ModelChunk ReadPiece(ref Utf8JsonReader reader)
    {
        var text = Text(ref reader);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && int.TryParse(text.AsSpan(0, colon), out var length) && length > 0
            ? new ModelChunk(length, Sha256Digest.Parse(text.AsSpan(colon + 1)))
            : throw new FormatException("A piece is length:digest.");
    }

    private static PreparedInitializer ReadInitializer(ref Utf8JsonReader reader)
    {
        Next(ref reader);
        var name = Text(ref reader);
        var type = (int)NextNumber(ref reader);
        ByteRange range = new(NextNumber(ref reader), NextNumber(ref reader));
        List<long> shape = [];
        while (Next(ref reader) == JsonTokenType.Number)
        {
            shape.Add(reader.GetInt64());
        }

        return new PreparedInitializer(name, type, [.. shape], range);
    }

    private static ByteRange ReadRange(ref Utf8JsonReader reader) => new(reader.GetInt64(), NextNumber(ref reader));

    private delegate T ItemReader<T>(ref Utf8JsonReader reader);

    private static List<T> List<T>(ref Utf8JsonReader reader, ItemReader<T> read)
    {
        List<T> items = [];
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array is expected.");
        }

        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            items.Add(read(ref reader));
            if (items.Count > MaxItems)
            {
                throw new JsonException("The document has too many items.");
            }
        }

        return items;
    }

    private static PreparedDocument Ignore(ref Utf8JsonReader reader, PreparedDocument document)
    {
        reader.Skip();
        return document;
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : throw new JsonException("The document ends too early.");

    private static long NextNumber(ref Utf8JsonReader reader) =>
        Next(ref reader) == JsonTokenType.Number ? reader.GetInt64() : throw new JsonException("A number is expected.");

    private static string Text(ref Utf8JsonReader reader) => reader.GetString() ?? throw new JsonException("A text is expected.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (Next(ref reader) != type)
        {
            throw new JsonException($"{type} is expected.");
        }
    }

    private static T Parse<T>(string text)
        where T : struct, Enum => Enum.TryParse<T>(text, out var value) && Enum.IsDefined(value) ? value : throw new FormatException($"'{text}' is not known.");
}
