using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>A file on this host that is being published.</summary>
internal sealed class SourceChunks(string model, ModelFile file, LocalFile local, FileIdentity identity, Action reading) : ChunkSource(file)
{
    public override ValueTask FillAsync(int first, int count, Memory<byte> destination, CancellationToken cancellationToken)
    {
        reading();
        OfFile(() => Fill(first, count, destination.Span));
        return ValueTask.CompletedTask;
    }

    /// <exception cref="ModelIntegrityException">The file is not the one any more that was found.</exception>
    public void RequireUnchanged() => OfFile(() =>
    {
        if (FileIdentity.TryRead(local.FullPath) != identity)
        {
            throw Changed();
        }
    });

    private void Fill(int first, int count, Span<byte> destination)
    {
        using var handle = FileGuard.Open(model, local, identity);
        var offset = Offsets[first];
        foreach (var chunk in File.Chunks.Skip(first).Take(count))
        {
            var bytes = destination[..chunk.Length];
            var filled = 0;
            while (filled < bytes.Length && RandomAccess.Read(handle, bytes[filled..], offset + filled) is > 0 and var read)
            {
                filled += read;
            }

            if (filled < bytes.Length || Sha256Digest.Of(bytes) != chunk.Sha256)
            {
                throw Changed();
            }

            offset += chunk.Length;
            destination = destination[chunk.Length..];
        }
    }

    private void OfFile(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PublishSource.Unreadable(model, local.FullPath, e);
        }
    }

    private ModelIntegrityException Changed() =>
        FileGuard.Refuse(model, local, "changed while it was being published", "Let the writer finish and publish again.");
}
