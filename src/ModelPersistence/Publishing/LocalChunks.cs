using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>A file on this host that is being published.</summary>
internal sealed class LocalChunks(string model, ModelFile file, LocalFile local, FileIdentity identity, Action reading) : ChunkSource(file)
{
    public override int Attempts => 1;

    public override ValueTask<Stream> OpenAsync(long offset, long length, CancellationToken cancellationToken)
    {
        reading();
        var handle = FileGuard.Open(model, local, identity);
        return new(new FileStream(handle, FileAccess.Read, bufferSize: 0) { Position = offset });
    }

    public override ModelPersistenceException Wrong(int chunk, Sha256Digest? actual) => Changed();

    public override ModelPersistenceException Unreadable(Exception cause) => PublishSource.Unreadable(model, local.FullPath, cause);

    /// <exception cref="ModelIntegrityException">The file is not the one any more that was found.</exception>
    public void RequireUnchanged()
    {
        FileIdentity? now;
        try
        {
            now = FileIdentity.TryRead(local.FullPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e);
        }

        if (now != identity)
        {
            throw Changed();
        }
    }

    private ModelIntegrityException Changed() =>
        FileGuard.Refuse(model, local, "changed while it was being published", "Let the writer finish and publish again.");
}
