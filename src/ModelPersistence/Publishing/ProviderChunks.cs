using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>A file of another repository that is being copied.</summary>
internal sealed class ProviderChunks(IStorageProvider provider, ModelManifest manifest, ModelFile file) : ChunkSource(file)
{
    public override int Attempts => 3;

    public override ValueTask<Stream> OpenAsync(long offset, long length, CancellationToken cancellationToken) =>
        provider.OpenReadAsync(manifest, File, offset, length, cancellationToken);

    public override ModelPersistenceException Wrong(int chunk, Sha256Digest? actual)
    {
        var expected = File.Chunks[chunk].Sha256;
        var problem = actual is { } found ? $"has the digest {found}, expected {expected}" : "ends early";
        return new ModelIntegrityException(
            $"Provider '{provider.Name}' delivers file '{File.Path}' of model '{manifest.Name}:{manifest.Version}' wrongly: chunk {chunk} {problem}, {Attempts} times in a row. Restore the file there, or publish the model under a new version.")
        { Model = manifest.Name, File = File.Path, Expected = expected, Actual = actual };
    }

    public override ModelPersistenceException Unreadable(Exception cause) => cause as ModelPersistenceException ?? new ModelStorageException(
        provider.Name,
        $"Provider '{provider.Name}' could not deliver file '{File.Path}' of model '{manifest.Name}:{manifest.Version}': {cause.Message.TrimEnd('.')}. Check the provider and its connection.",
        isTransient: cause is IOException or HttpRequestException or TimeoutException or OperationCanceledException,
        cause)
    { Model = manifest.Name };
}
