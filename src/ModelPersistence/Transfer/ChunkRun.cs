using ModelPersistence.Models;

namespace ModelPersistence.Transfer;

/// <summary>Chunks of one file that follow each other: one range.</summary>
internal readonly record struct ChunkRun(ModelFile File, int First, int Count, long Offset, long Length)
{
    public int End => First + Count;

    /// <summary>The run of some chunks, where the first begins at an offset.</summary>
    public static ChunkRun Of(ModelFile file, int first, int count, long offset)
    {
        long length = 0;
        for (var i = first; i < first + count; i++)
        {
            length += file.Chunks[i].Length;
        }

        return new ChunkRun(file, first, count, offset, length);
    }

    /// <summary>All chunks of a file.</summary>
    public static ChunkRun Whole(ModelFile file) => new(file, 0, file.Chunks.Count, 0, file.Size);

    /// <summary>Cuts a file into runs of at most a length, or of one chunk where that is longer.</summary>
    public static IEnumerable<ChunkRun> Cut(ModelFile file, long longest)
    {
        long offset = 0;
        for (var first = 0; first < file.Chunks.Count;)
        {
            long length = file.Chunks[first].Length;
            var count = 1;
            while (first + count < file.Chunks.Count && length + file.Chunks[first + count].Length <= longest)
            {
                length += file.Chunks[first + count].Length;
                count++;
            }

            yield return new ChunkRun(file, first, count, offset, length);
            (first, offset) = (first + count, offset + length);
        }
    }

    /// <summary>The parts of this run whose chunks are still needed.</summary>
    public IEnumerable<ChunkRun> Needed(Func<int, bool> isNeeded)
    {
        var offset = Offset;
        for (var i = First; i < End;)
        {
            var (first, begin) = (i, offset);
            while (i < End && isNeeded(i))
            {
                offset += File.Chunks[i++].Length;
            }

            if (i > first)
            {
                yield return new ChunkRun(File, first, i - first, begin, offset - begin);
            }
            else
            {
                offset += File.Chunks[i++].Length;
            }
        }
    }

    /// <summary>This run without its first chunks.</summary>
    public ChunkRun Skip(int chunks)
    {
        long skipped = 0;
        for (var i = First; i < First + chunks; i++)
        {
            skipped += File.Chunks[i].Length;
        }

        return new ChunkRun(File, First + chunks, Count - chunks, Offset + skipped, Length - skipped);
    }

    /// <summary>The first chunk of this run alone.</summary>
    public ChunkRun Head() => new(File, First, 1, Offset, File.Chunks[First].Length);
}
