using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Worker;

/// <summary>Delivers so many bytes, then says so and stands still for good: the moment at which a test kills the process.</summary>
internal sealed class SlowProvider(IStorageProvider inner, long stopAfter) : IStorageProvider
{
    private long _bytesRead;

    public string Name => inner.Name;

    public VerificationMode Verification => inner.Verification;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public async ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        if (BytesRead >= stopAfter)
        {
            await Console.Out.WriteLineAsync("stopped".AsMemory(), cancellationToken);
            await Console.Out.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        Interlocked.Add(ref _bytesRead, length);
        return await inner.OpenReadAsync(manifest, file, offset, length, cancellationToken);
    }

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) => inner.GetAliasesAsync(model, cancellationToken);

    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) => inner.GetManifestAsync(model, version, cancellationToken);

    public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken) => inner.ListVersionsAsync(model, cancellationToken);

    public IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken) => inner.ListModelsAsync(cancellationToken);
}
