using System.Globalization;
using ModelPersistence.Models;

namespace ModelPersistence.Preparation;

/// <summary>Reads what <see cref="PreparedJson"/> writes, and nothing else.</summary>
internal static class PreparedJsonReader
{
    /// <summary>Null when the bytes are not a document that this version wrote, whole and unaltered.</summary>
    public static PreparedDocument? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (!PreparedJson.TryGetBody(bytes, out var body))
        {
            return null;
        }

        try
        {
            JsonCursor cursor = new(body);
            var document = Read(ref cursor);
            return cursor.IsAtEnd && IsSafe(document) ? document : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private static PreparedDocument Read(ref JsonCursor cursor)
    {
        string model = "", key = "";
        var (kind, form) = (ArtifactKind.Portable, ArtifactForm.Original);
        string? graph = null, weights = null;
        DateTimeOffset created = default;
        double? originalMs = null, preparedMs = null;
        Refusal[] refused = [];
        ModelFile[] files = [];
        PreparedInitializer[] initializers = [];
        long[] packed = [], touch = [];
        do
        {
            switch (cursor.TakeName())
            {
                case "model": model = cursor.TakeText(); break;
                case "kind": kind = KindOf(cursor.TakeText()); break;
                case "form": form = FormOf(cursor.TakeText()); break;
                case "key": key = cursor.TakeText(); break;
                case "created": created = DateTimeOffset.Parse(cursor.TakeText(), CultureInfo.InvariantCulture); break;
                case "originalMs": originalMs = double.Parse(cursor.TakeNumber(), CultureInfo.InvariantCulture); break;
                case "preparedMs": preparedMs = double.Parse(cursor.TakeNumber(), CultureInfo.InvariantCulture); break;
                case "graph": graph = cursor.TakeText(); break;
                case "weights": weights = cursor.TakeText(); break;
                case "refused": refused = PreparedJsonLists.ReadRefusals(ref cursor); break;
                case "files": files = PreparedJsonLists.ReadFiles(ref cursor); break;
                case "initializers": initializers = PreparedJsonLists.ReadInitializers(ref cursor); break;
                case "packed": packed = PreparedJsonLists.ReadNumbers(ref cursor); break;
                case "touch": touch = PreparedJsonLists.ReadNumbers(ref cursor); break;
                default: throw cursor.Unexpected();
            }
        }
        while (cursor.TryTake(','));

        cursor.Take('}');
        return new PreparedDocument
        {
            Model = model,
            Kind = kind,
            Form = form,
            Key = key,
            Created = created,
            OriginalMs = originalMs,
            PreparedMs = preparedMs,
            Graph = graph,
            Weights = weights,
            Refused = refused,
            Files = files,
            Initializers = initializers,
            Packed = PreparedJsonLists.Ranges(packed),
            Touch = PreparedJsonLists.Ranges(touch),
        };
    }

    /// <summary>A document may name the files this library writes and no others, and opens only what it hashes.</summary>
    private static bool IsSafe(PreparedDocument document)
    {
        var (hasGraph, hasWeights) = (document.Graph is null, document.Weights is null);
        foreach (var file in document.Files)
        {
            if (file.Path is not (FormMaker.GraphName or FormMaker.OrtName or FormMaker.WeightsName))
            {
                return false;
            }

            hasGraph |= file.Path == document.Graph;
            hasWeights |= file.Path == document.Weights;
        }

        return hasGraph && hasWeights && (document.Graph is null) == (document.Form == ArtifactForm.Original);
    }

    private static ArtifactKind KindOf(string text) => text switch
    {
        nameof(ArtifactKind.Portable) => ArtifactKind.Portable,
        nameof(ArtifactKind.Packed) => ArtifactKind.Packed,
        _ => throw new FormatException("An unknown kind."),
    };

    public static ArtifactForm FormOf(string text) => text switch
    {
        nameof(ArtifactForm.ExternalWeights) => ArtifactForm.ExternalWeights,
        nameof(ArtifactForm.MappedOrt) => ArtifactForm.MappedOrt,
        nameof(ArtifactForm.Inline) => ArtifactForm.Inline,
        nameof(ArtifactForm.Original) => ArtifactForm.Original,
        _ => throw new FormatException("An unknown form."),
    };
}
