using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>
/// Writes models into the repositories of this host's chain that accept it, and looks into all of them: a shared volume, an object store
/// that can be written.
/// </summary>
/// <remarks>
/// Safe for concurrent use, also by several processes and hosts, with or without working file locks. A version appears whole or not at
/// all, whenever the process ends, and never changes afterwards. Aliases move in revisions that no two writers share. An object store is
/// tried once, before the first write to it, whether it keeps the conditions of writes; one that does not is refused unless the call's
/// options say <c>AllowUnsafeStore</c>.
/// </remarks>
public interface IModelRepository
{
    /// <summary>
    /// Publishes a version: copies and hashes the files, makes the version visible in one step, then moves the aliases. Publishing the
    /// same files under the same version again succeeds and finishes what an interrupted call left undone.
    /// </summary>
    /// <param name="path">A folder, or one .onnx file, which is taken with its siblings <c>name.onnx.data</c> and <c>name.onnx_data</c>. Entries of the folder whose name begins with a dot are left out.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call. Nothing is visible then, unless the version was already in place.</param>
    /// <exception cref="ArgumentException">A name, an alias, an expiry or the repository's name is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelIntegrityException">The folder is empty, has no entry, holds links or names that are not allowed, changed meanwhile, or the version exists with other content.</exception>
    /// <exception cref="ModelStorageException">The files could not be read or the repository could not be written. Whether the version is visible is unknown then; publishing again tells.</exception>
    Task<PublishedModel> PublishAsync(string path, string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a version of files that lie in the repository already, as <c>&lt;model&gt;/&lt;version&gt;/...</c> without a manifest: hashes them
    /// where they are, writes the manifest, then moves the aliases. Nobody may write to the files meanwhile. Adopting a version that has
    /// a manifest succeeds when it says the same, and finishes the aliases.
    /// </summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">A name, an alias, an expiry or the repository's name is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelNotFoundException">There are no files.</exception>
    /// <exception cref="ModelIntegrityException">The files cannot be a version, changed meanwhile, or the version exists and differs.</exception>
    /// <exception cref="ModelStorageException">The repository could not be read or written.</exception>
    Task<PublishedModel> AdoptAsync(string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a version from one repository to another. The manifest's bytes, and so the digest, stay the same; only what is missing at the
    /// target is transferred, verified on the way, and a copy that was interrupted goes on where it ended. Nothing is overwritten.
    /// </summary>
    /// <param name="reference">What to copy; aliases and ranges mean what they mean at the source.</param>
    /// <param name="from">The name of the provider that has it; any of the chain.</param>
    /// <param name="to">The name of the provider to copy to; one that accepts publishing.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">A provider's name or an alias is not valid, or source and target are the same.</exception>
    /// <exception cref="InvalidOperationException">The reference is an alias that is split over several versions.</exception>
    /// <exception cref="ModelNotFoundException">The source has no such version.</exception>
    /// <exception cref="ModelIntegrityException">The source has it without a manifest, malformed, with another digest than the pinned one, or delivers wrong bytes; or the target has it with another digest, or foreign files in its place.</exception>
    /// <exception cref="ModelStorageException">The source could not be read or the target could not be written.</exception>
    Task<CopiedModel> CopyAsync(ModelReference reference, string from, string to, CopyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes a version from one repository: first it is taken out of sight, then its files are deleted. In a folder everything in the
    /// version's folder goes; in an object store the files that the manifest names, since others may belong to a publication under way.
    /// Copies elsewhere stay. Do not delete what somebody is copying or about to name, nor what hosts map from a network volume.
    /// </summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call. Files that are left over are no version.</param>
    /// <exception cref="ArgumentException">The model's or the repository's name is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing, or aliases stand for the version and <see cref="DeleteOptions.Force"/> is not set.</exception>
    /// <exception cref="ModelNotFoundException">The repository has no such version.</exception>
    /// <exception cref="ModelIntegrityException">The manifest is malformed and <see cref="DeleteOptions.Force"/> is not set, or the alias document is malformed.</exception>
    /// <exception cref="ModelStorageException">The repository could not be read or written.</exception>
    Task DeleteAsync(string name, ModelVersion version, DeleteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Points an alias at a version, forward or back, or splits it over several.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="alias">The alias, for example <c>stable</c>.</param>
    /// <param name="target">A version, or an <see cref="AliasTarget.Split"/>, of which some provider of the chain has every version, this host's own cache not counted.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The alias document that now rules in the repository.</returns>
    /// <exception cref="ArgumentException">A name, the alias or the expiry is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelNotFoundException">No provider but this host's cache has the version, or one of the split.</exception>
    /// <exception cref="ModelStorageException">The repository could not be written; transient where others changed the aliases again and again meanwhile.</exception>
    Task<AliasDocument> SetAliasAsync(string name, string alias, AliasTarget target, AliasOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Removes an alias. One that is not there is no error.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="options">What else is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The alias document that now rules in the repository; null when the model has none.</returns>
    /// <exception cref="ArgumentException">A name, the alias or the expiry is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelStorageException">The repository could not be written; transient where others changed the aliases again and again meanwhile.</exception>
    Task<AliasDocument?> RemoveAliasAsync(string name, string alias, AliasOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The manifest that a reference leads to.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="repository">The provider to ask; null for the whole chain, as when the model is served.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    /// <exception cref="InvalidOperationException">The reference is an alias that is split over several versions.</exception>
    /// <exception cref="ModelNotFoundException">It is not there, or has no manifest.</exception>
    /// <exception cref="ModelIntegrityException">It is malformed, or there with another digest than the pinned one.</exception>
    /// <exception cref="ModelStorageException">It was not found, and not everybody could be asked.</exception>
    Task<ManifestDocument> GetManifestAsync(ModelReference reference, string? repository = null, CancellationToken cancellationToken = default);

    /// <summary>The names of the models, each once, in no order. Pages are asked for as the caller goes on.</summary>
    /// <param name="repository">The provider to ask; null for the whole chain.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    /// <exception cref="ModelStorageException">A provider could not look; thrown after all that the others have.</exception>
    IAsyncEnumerable<string> ListModelsAsync(string? repository = null, CancellationToken cancellationToken = default);

    /// <summary>The versions of a model, each once, in no order. Pages are asked for as the caller goes on.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="repository">The provider to ask; null for the whole chain.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ArgumentException">The model's name is not valid, or there is no such provider.</exception>
    /// <exception cref="ModelStorageException">A provider could not look; thrown after all that the others have.</exception>
    IAsyncEnumerable<ListedVersion> ListVersionsAsync(string name, string? repository = null, CancellationToken cancellationToken = default);
}
