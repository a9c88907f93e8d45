using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// Access to one repository of models. Null or an empty listing means "not here"; an exception means "could not look", and the chain
/// then asks the next provider where that is safe.
/// </summary>
/// <remarks>Implementations are safe for concurrent use. They are disposed by the host when they are <see cref="IDisposable"/> and were created by it.</remarks>
public interface IStorageProvider
{
    /// <summary>A short name for messages, status and metrics; unique within a chain.</summary>
    string Name { get; }

    /// <summary>When the bytes of this provider are hashed, where they are used in place.</summary>
    VerificationMode Verification { get; }

    /// <summary>The alias document of a model, or null.</summary>
    /// <exception cref="ModelStorageException">The provider could not look.</exception>
    /// <exception cref="ModelIntegrityException">The document is there and malformed.</exception>
    ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken);

    /// <summary>The manifest of a version, or null.</summary>
    /// <exception cref="ModelStorageException">The provider could not look.</exception>
    /// <exception cref="ModelIntegrityException">The document is there and malformed.</exception>
    ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken);

    /// <summary>The published versions of a model, in no order.</summary>
    /// <exception cref="ModelStorageException">The provider could not look.</exception>
    IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken);

    /// <summary>The names of the models, in no order.</summary>
    /// <exception cref="ModelStorageException">The provider could not look.</exception>
    IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>Opens a range of a file's bytes. The caller disposes the stream.</summary>
    /// <param name="manifest">The version's manifest.</param>
    /// <param name="file">One of its files.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">The number of bytes; the stream may end early only where the file is shorter than its manifest says.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelStorageException">The file is missing or cannot be read.</exception>
    ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken);

    /// <summary>The full path of a file whose bytes are local and can be mapped, or null where they must be fetched.</summary>
    string? GetLocalPath(ModelManifest manifest, ModelFile file);
}
