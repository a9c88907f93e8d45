using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Startup;

/// <summary>How the models of this host are. Registered as a singleton by <c>AddModelManagement</c>; safe for concurrent use.</summary>
public interface IModelStatus
{
    /// <summary>The phase of the start.</summary>
    StartupPhase Phase { get; }

    /// <summary>Whether something is worse than it should be although the host serves.</summary>
    bool IsDegraded { get; }

    /// <summary>Everything that is worse than it should be, each with its remedy; empty when nothing is.</summary>
    IReadOnlyList<string> DegradedReasons { get; }

    /// <summary>A snapshot of all references the host names or has been asked for.</summary>
    IReadOnlyList<ModelStatusEntry> Models { get; }

    /// <summary>The versions that serve a reference now: one, or those of a traffic split. Takes next to nothing, whatever the number of models: fit for every request.</summary>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>, as the host names it or as it was asked for.</param>
    /// <returns>The versions; empty where none serves, or where the host neither names the reference nor was asked for it.</returns>
    IReadOnlyList<ModelVersion> VersionsOf(string reference);

    /// <summary>Waits until the phase is reached.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task WaitForAsync(StartupPhase phase, CancellationToken cancellationToken = default);

    /// <summary>
    /// Everything that happens to the models from this call on: <c>await foreach (var change in status.FollowAsync(token))</c>. Whoever reads
    /// slower than things happen loses the oldest beyond 1024 unread ones.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream; without it the stream ends only with the loop.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    IAsyncEnumerable<ModelChange> FollowAsync(CancellationToken cancellationToken = default);
}
