using ModelPersistence.Models;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>Brings versions of models to this host without loading them: for deployments, for filling a volume before it is needed, for seeing what an update costs. And keeps their disk clean.</summary>
/// <remarks>Safe for concurrent use. However many callers ask for the same version, it is downloaded once.</remarks>
public interface IModelStore
{
    /// <summary>Says what bringing a version to this host would transfer. Reads manifests, not files.</summary>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="FormatException"><paramref name="reference"/> is no model reference.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="reference"/> is an alias that is split over several versions.</exception>
    /// <exception cref="ModelNotFoundException">No provider has the model or the version.</exception>
    /// <exception cref="ModelStorageException">A provider could not look.</exception>
    /// <exception cref="ModelIntegrityException">A manifest is malformed or has another digest than the one asked for.</exception>
    Task<ModelUpdatePlan> PlanAsync(string reference, CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings a version to this host, verified: to the nearest shared volume that takes it, else to the local cache, and from a volume on
    /// to the local cache where its files are to be mapped from there. Does nothing when it is there. A download that was interrupted goes on where it ended.
    /// </summary>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>.</param>
    /// <param name="progress">
    /// Is told four times a second at most how far the download has come, and at last that it is complete. Called by the streams of the
    /// download, one at a time: what it does must be quick. One that throws is not told again, and the download goes on.
    /// </param>
    /// <param name="cancellationToken">Ends the call; the download ends when nobody waits for it any more, after a while (AbandonAfter).</param>
    /// <exception cref="FormatException"><paramref name="reference"/> is no model reference.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="reference"/> is an alias that is split over several versions.</exception>
    /// <exception cref="ModelNotFoundException">No provider has the model or the version.</exception>
    /// <exception cref="ModelStorageException">The providers or the places to store to failed.</exception>
    /// <exception cref="ModelIntegrityException">No provider delivers the right bytes.</exception>
    Task<FetchedModel> FetchAsync(string reference, IProgress<ModelDownloadProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes what processes that died have left, and with <see cref="CleanupOptions.MaxBytes"/> what was least recently used: from the
    /// local cache, or from one shared volume that is named. Never what a process of this host uses, and nothing that was changed or used
    /// within the grace period. May be interrupted at any point, also by the end of the process, and called again.
    /// </summary>
    /// <remarks>
    /// Repositories in object stores are not cleaned by this. On a volume a version that an alias there names is never removed, and hosts
    /// whose locks do not reach this one are known by the time of their use marks, which they refresh every hour.
    /// </remarks>
    /// <param name="options">What may be done; null removes leftovers from the local cache.</param>
    /// <param name="cancellationToken">Ends the call; what was removed until then stays removed.</param>
    /// <exception cref="ArgumentException"><see cref="CleanupOptions.Repository"/> is no shared volume of this host.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The grace period or the bytes are negative.</exception>
    /// <exception cref="ModelStorageException">The folder could not be looked through, or the volume made no progress.</exception>
    Task<CleanupReport> CleanupAsync(CleanupOptions? options = null, CancellationToken cancellationToken = default);
}
