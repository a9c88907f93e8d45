using System.Diagnostics.CodeAnalysis;
using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>From a model's name to a session that can be used at once. The library's front door.</summary>
/// <remarks>Safe for concurrent use. Registered as a singleton by <c>AddModelManagement</c>.</remarks>
public interface IModelProvider
{
    /// <summary>A lease on the model's current session. Completes synchronously while the model is warm; else loads it, once for all callers.</summary>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>, see <see cref="ModelReference"/>.</param>
    /// <param name="cancellationToken">Ends this caller's wait alone; the load goes on for the others.</param>
    /// <returns>A lease that the caller disposes.</returns>
    /// <exception cref="FormatException">The reference is malformed.</exception>
    /// <exception cref="ModelNotFoundException">No provider has it.</exception>
    /// <exception cref="ModelStorageException">It could not be looked up or read.</exception>
    /// <exception cref="ModelIntegrityException">Its bytes are not what they must be.</exception>
    /// <exception cref="ModelLoadException">The runtime cannot load it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The host is shutting down.</exception>
    ValueTask<ModelLease> GetAsync(string reference, CancellationToken cancellationToken = default);

    /// <summary>The same where an alias is split over several versions: one key always comes to the same version, on every host, as long as the split is the same.</summary>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>, see <see cref="ModelReference"/>.</param>
    /// <param name="affinityKey">Who asks: a user, a session, a tenant. Its hash decides; the key itself is neither kept nor logged.</param>
    /// <param name="cancellationToken">Ends this caller's wait alone; the load goes on for the others.</param>
    /// <returns>A lease that the caller disposes.</returns>
    /// <exception cref="FormatException">The reference is malformed.</exception>
    /// <exception cref="ModelNotFoundException">No provider has it.</exception>
    /// <exception cref="ModelStorageException">It could not be looked up or read.</exception>
    /// <exception cref="ModelIntegrityException">Its bytes are not what they must be.</exception>
    /// <exception cref="ModelLoadException">The runtime cannot load it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The host is shutting down.</exception>
    ValueTask<ModelLease> GetAsync(string reference, string affinityKey, CancellationToken cancellationToken = default);

    /// <summary>A lease on the model's current session if the model is ready now; never loads and never waits.</summary>
    /// <param name="reference">As for <see cref="GetAsync(string, CancellationToken)"/>.</param>
    /// <param name="lease">A lease that the caller disposes.</param>
    /// <exception cref="FormatException">The reference is malformed.</exception>
    bool TryGet(string reference, [NotNullWhen(true)] out ModelLease? lease);
}
