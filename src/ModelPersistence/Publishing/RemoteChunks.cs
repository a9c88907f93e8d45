using ModelPersistence.Models;
using ModelPersistence.Transfer;

namespace ModelPersistence.Publishing;

/// <summary>A file of another repository that is being copied.</summary>
internal sealed class RemoteChunks(ModelFile file, VerifiedReader reader) : ChunkSource(file)
{
    public override ValueTask FillAsync(int first, int count, Memory<byte> destination, CancellationToken cancellationToken) =>
        new(reader.FillAsync(File, first, count, destination, cancellationToken));
}
