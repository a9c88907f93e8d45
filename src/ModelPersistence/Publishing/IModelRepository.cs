using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Writes models into a repository of this host's chain that accepts it: a shared volume.</summary>
/// <remarks>
/// Safe for concurrent use, also by several processes and hosts on one volume, with or without working file locks. A version appears
/// whole or not at all, whenever the process ends, and never changes afterwards. Aliases move in revisions that no two publishers share.
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
    /// <exception cref="ArgumentException">A name, an alias or the repository's name is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelIntegrityException">The folder is empty, has no entry, holds links or names that are not allowed, or the version exists with other content.</exception>
    /// <exception cref="ModelStorageException">The files could not be read or the repository could not be written.</exception>
    Task<PublishedModel> PublishAsync(string path, string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Points an alias at a version, forward or back.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="alias">The alias, for example <c>stable</c>.</param>
    /// <param name="version">A version that some provider of the chain has.</param>
    /// <param name="repository">The provider whose alias document is changed; null for the first that accepts publishing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The alias document that now rules in the repository.</returns>
    /// <exception cref="ArgumentException">A name or the alias is not valid.</exception>
    /// <exception cref="InvalidOperationException">No repository accepts publishing.</exception>
    /// <exception cref="ModelNotFoundException">No provider has the version.</exception>
    /// <exception cref="ModelStorageException">The repository could not be written.</exception>
    Task<AliasDocument> SetAliasAsync(string name, string alias, ModelVersion version, string? repository = null, CancellationToken cancellationToken = default);
}
