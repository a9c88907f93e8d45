using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Serving;

/// <summary>Does what a test says before it answers.</summary>
internal sealed class HookedProvider(IStorageProvider inner) : IStorageProvider
{
    private int _manifests;

    /// <summary>Before aliases are told; throws to be down.</summary>
    public Action? OnAliases { get; set; }

    /// <summary>Before a manifest is told.</summary>
    public Action<ModelVersion>? OnManifest { get; set; }

    /// <summary>Before versions are listed.</summary>
    public Action? OnList { get; set; }

    /// <summary>How often a manifest was asked for.</summary>
    public int Manifests => Volatile.Read(ref _manifests);

    public string Name => inner.Name;

    public VerificationMode Verification => inner.Verification;

    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken)
    {
        OnAliases?.Invoke();
        return inner.GetAliasesAsync(model, cancellationToken);
    }

    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _manifests);
        OnManifest?.Invoke(version);
        return inner.GetManifestAsync(model, version, cancellationToken);
    }

    public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken)
    {
        OnList?.Invoke();
        return inner.ListVersionsAsync(model, cancellationToken);
    }

    public IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken) => inner.ListModelsAsync(cancellationToken);

    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(manifest, file, offset, length, cancellationToken);

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => inner.GetLocalPath(manifest, file);
}
