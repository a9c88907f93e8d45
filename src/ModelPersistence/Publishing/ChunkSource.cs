using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Where the bytes of one file are read from on their way into an object store.</summary>
internal abstract class ChunkSource(ModelFile file)
{
    public ModelFile File => file;

    /// <summary>How often a chunk is read before it counts as wrong.</summary>
    public abstract int Attempts { get; }

    /// <summary>Opens a range; the stream may end early or fail.</summary>
    public abstract ValueTask<Stream> OpenAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>A chunk has other bytes than it must have; null: it ends early.</summary>
    public abstract ModelPersistenceException Wrong(int chunk, Sha256Digest? actual);

    /// <summary>What reading it threw, in the words of this library.</summary>
    public abstract ModelPersistenceException Unreadable(Exception cause);
}
