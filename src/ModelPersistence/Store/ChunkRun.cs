namespace ModelPersistence.Store;

/// <summary>Missing chunks of one file that follow each other: one range is asked for.</summary>
internal sealed record ChunkRun(PartialFile Partial, string Destination, int First, int Count)
{
    private const int LongestRun = 8 << 20;

    /// <summary>Cuts a file's missing chunks into ranges: long enough to be worth a request, short enough to be read side by side.</summary>
    public static IEnumerable<ChunkRun> Of(PartialFile partial, string destination)
    {
        for (var i = 0; i < partial.Missing.Count;)
        {
            var first = partial.Missing[i];
            long length = partial.File.Chunks[first].Length;
            var count = 1;
            while (i + count < partial.Missing.Count
                && partial.Missing[i + count] == first + count
                && length + partial.File.Chunks[first + count].Length <= LongestRun)
            {
                length += partial.File.Chunks[first + count].Length;
                count++;
            }

            yield return new ChunkRun(partial, destination, first, count);
            i += count;
        }
    }
}
