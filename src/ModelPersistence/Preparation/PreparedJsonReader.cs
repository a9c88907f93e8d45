using System.Globalization;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Reads what <see cref="PreparedJson"/> writes, and nothing else.</summary>
internal static class PreparedJsonReader
{
    private const int MaxItems = 1_000_000;

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
                case "refused": refused = ReadRefusals(ref cursor); break;
                case "files": files = ReadFiles(ref cursor); break;
                case "initializers": initializers = ReadInitializers(ref cursor); break;
                case "packed": packed = ReadNumbers(ref cursor); break;
                case "touch": touch = ReadNumbers(ref cursor); break;
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
            Packed = Ranges(packed),
            Touch = Ranges(touch),
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

    private static Refusal[] ReadRefusals(ref JsonCursor cursor)
    {
        List<Refusal> refusals = [];
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, refusals.Count))
        {
            cursor.Take('{');
            Name(ref cursor, "form");
            var form = FormOf(cursor.TakeText());
            cursor.Take(',');
            Name(ref cursor, "reason");
            refusals.Add(new Refusal(form, cursor.TakeText()));
            cursor.Take('}');
        }

        return refusals.ToArray();
    }

    private static ModelFile[] ReadFiles(ref JsonCursor cursor)
    {
        List<ModelFile> files = [];
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, files.Count))
        {
            cursor.Take('{');
            Name(ref cursor, "path");
            var path = cursor.TakeText();
            cursor.Take(',');
            Name(ref cursor, "size");
            var size = cursor.TakeInteger();
            cursor.Take(',');
            Name(ref cursor, "sha256");
            var digest = Sha256Digest.Parse(cursor.TakeText());
            cursor.Take(',');
            Name(ref cursor, "pieces");
            files.Add(new ModelFile { Path = path, Size = size, Sha256 = digest, Chunks = ReadPieces(ref cursor, size) });
            cursor.Take('}');
        }

        return files.ToArray();
    }

    /// <summary>Pieces of equal length but for the last, so their number follows from the size.</summary>
    private static ModelChunk[] ReadPieces(ref JsonCursor cursor, long size)
    {
        var pieces = new ModelChunk[ArtifactWriter.PieceCount(size)];
        var index = 0;
        long sum = 0;
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, index))
        {
            var length = (int)Math.Min(ArtifactWriter.PieceBytes, size - sum);
            if (index == pieces.Length)
            {
                throw cursor.Unexpected();
            }

            pieces[index++] = new ModelChunk(length, Sha256Digest.Parse(cursor.TakeText()));
            sum += length;
        }

        return index == pieces.Length ? pieces : throw cursor.Unexpected();
    }

    private static PreparedInitializer[] ReadInitializers(ref JsonCursor cursor)
    {
        List<PreparedInitializer> initializers = [];
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, initializers.Count))
        {
            cursor.Take('[');
            var name = cursor.TakeText();
            cursor.Take(',');
            var type = (int)cursor.TakeInteger();
            cursor.Take(',');
            var offset = cursor.TakeInteger();
            cursor.Take(',');
            var length = cursor.TakeInteger();
            cursor.Take(',');
            initializers.Add(new PreparedInitializer(name, type, ReadNumbers(ref cursor), new ByteRange(offset, length)));
            cursor.Take(']');
        }

        return initializers.ToArray();
    }

    private static long[] ReadNumbers(ref JsonCursor cursor)
    {
        var numbers = new long[4];
        var count = 0;
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, count))
        {
            if (count == numbers.Length)
            {
                var larger = new long[count * 2];
                Array.Copy(numbers, larger, count);
                numbers = larger;
            }

            numbers[count++] = cursor.TakeInteger();
        }

        var exact = new long[count];
        Array.Copy(numbers, exact, count);
        return exact;
    }

    private static ByteRange[] Ranges(long[] numbers)
    {
        var ranges = new ByteRange[numbers.Length % 2 == 0 ? numbers.Length / 2 : throw new FormatException("A range has two numbers.")];
        for (var i = 0; i < ranges.Length; i++)
        {
            ranges[i] = new ByteRange(numbers[2 * i], numbers[(2 * i) + 1]);
        }

        return ranges;
    }

    private static bool Begin(ref JsonCursor cursor)
    {
        cursor.Take('[');
        return !cursor.TryTake(']');
    }

    private static bool Continue(ref JsonCursor cursor, int count)
    {
        if (count > MaxItems)
        {
            throw cursor.Unexpected();
        }

        if (cursor.TryTake(','))
        {
            return true;
        }

        cursor.Take(']');
        return false;
    }

    private static void Name(ref JsonCursor cursor, string expected)
    {
        if (cursor.TakeName() != expected)
        {
            throw cursor.Unexpected();
        }
    }

    private static ArtifactKind KindOf(string text) => text switch
    {
        nameof(ArtifactKind.Portable) => ArtifactKind.Portable,
        nameof(ArtifactKind.Packed) => ArtifactKind.Packed,
        _ => throw new FormatException("An unknown kind."),
    };

    private static ArtifactForm FormOf(string text) => text switch
    {
        nameof(ArtifactForm.ExternalWeights) => ArtifactForm.ExternalWeights,
        nameof(ArtifactForm.MappedOrt) => ArtifactForm.MappedOrt,
        nameof(ArtifactForm.Inline) => ArtifactForm.Inline,
        nameof(ArtifactForm.Original) => ArtifactForm.Original,
        _ => throw new FormatException("An unknown form."),
    };
}
