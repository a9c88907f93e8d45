using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Where the chunks of one file are read from on their way into an object store.</summary>
internal abstract class ChunkSource(ModelFile file)
{
    public ModelFile File => file;

    /// <summary>Where each chunk begins, and where the last one ends.</summary>
    public IReadOnlyList<long> Offsets { get; } = OffsetsOf(file);

    /// <summary>Fills a buffer with chunks that follow each other, each hashed.</summary>
    /// <param name="first">The first chunk.</param>
    /// <param name="count">The number of chunks.</param>
    /// <param name="destination">As long as the chunks together.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelIntegrityException">The bytes are not what they must be.</exception>
    /// <exception cref="ModelStorageException">They could not be read.</exception>
    public abstract ValueTask FillAsync(int first, int count, Memory<byte> destination, CancellationToken cancellationToken);

    private static long[] OffsetsOf(ModelFile file)
    {
        var offsets = new long[file.Chunks.Count + 1];
        for (var i = 0; i < file.Chunks.Count; i++)
        {
            offsets[i + 1] = offsets[i] + file.Chunks[i].Length;
        }

        return offsets;
    }
}
