using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Reads the lists of <c>prepared.json</c>. Into arrays: lists of our own value types would have to be compiled while a process starts.</summary>
internal static class PreparedJsonLists
{
    private const int MaxItems = 1_000_000;

    public static Refusal[] ReadRefusals(ref JsonCursor cursor)
    {
        List<Refusal> refusals = [];
        for (var more = Begin(ref cursor); more; more = Continue(ref cursor, refusals.Count))
        {
            cursor.Take('{');
            Name(ref cursor, "form");
            var form = PreparedJsonReader.FormOf(cursor.TakeText());
            cursor.Take(',');
            Name(ref cursor, "reason");
            refusals.Add(new Refusal(form, cursor.TakeText()));
            cursor.Take('}');
        }

        return refusals.ToArray();
    }

    public static ModelFile[] ReadFiles(ref JsonCursor cursor)
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

    public static PreparedInitializer[] ReadInitializers(ref JsonCursor cursor)
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

    public static long[] ReadNumbers(ref JsonCursor cursor)
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

    public static ByteRange[] Ranges(long[] numbers)
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
}
