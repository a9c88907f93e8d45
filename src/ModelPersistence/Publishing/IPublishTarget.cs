using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// A repository that can be written, whatever keeps its bytes. What every implementation guarantees: a version appears whole or not at
/// all and never changes; of several writers of one version one wins and the others compare; no change of an alias is lost.
/// </summary>
internal interface IPublishTarget
{
    IStorageProvider Provider { get; }

    /// <summary>Makes a version of files on this host.</summary>
    /// <param name="wanted">The manifest, its files still missing.</param>
    /// <param name="source">The files.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<PlacedVersion> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken);

    /// <summary>Makes a version of the files that lie in its folder already.</summary>
    /// <param name="wanted">The manifest, its entry and files still missing.</param>
    /// <param name="entry">The ONNX file that is opened; null to find it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<PlacedVersion> AdoptAsync(ModelManifest wanted, string? entry, CancellationToken cancellationToken);

    /// <summary>Makes a version that another repository has, with the very bytes of its manifest.</summary>
    Task<CopyOutcome> CopyAsync(ManifestDocument document, IStorageProvider source, CancellationToken cancellationToken);

    /// <summary>Takes a version out of sight, then deletes its files.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">The version.</param>
    /// <param name="document">Its manifest; null where that cannot be read.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task DeleteAsync(string model, ModelVersion version, ManifestDocument? document, CancellationToken cancellationToken);

    /// <param name="model">The model.</param>
    /// <param name="change">From the current document (null: none yet) to what is to change. Called again after each lost race.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The document that rules now, null when there is none; and whether it changed.</returns>
    Task<(AliasDocument? Document, bool Changed)> ChangeAliasesAsync(string model, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken);
}

/// <summary>A version that is there now, and whether it was there before.</summary>
internal sealed record PlacedVersion(ManifestDocument Document, bool AlreadyThere);

/// <summary>What a copy moved.</summary>
internal sealed record CopyOutcome(bool AlreadyThere, long TransferredBytes, long ReusedBytes);
