using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;

namespace ModelPersistence.Startup;

/// <summary>What is to be known about one reference. A snapshot; immutable.</summary>
public sealed record ModelStatusEntry
{
    /// <summary>The canonical reference.</summary>
    public required string Reference { get; init; }

    /// <summary>Whether the host marked it critical.</summary>
    public required bool Critical { get; init; }

    /// <summary>Whether it has served since the host started, be it that it does not now.</summary>
    public bool HasServed { get; init; }

    /// <summary>The state.</summary>
    public required ModelState State { get; init; }

    /// <summary>The versions that serve: one, or those of a traffic split. Empty when none does.</summary>
    public IReadOnlyList<ServedVersion> Versions { get; init; } = [];

    /// <summary>The version that serves, if one does; of a split the one with the greatest share. So are the digest, the tier, the timeline and the warm-up.</summary>
    public ModelVersion? Version { get; init; }

    /// <summary>The manifest digest of what serves, where it is known.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>The kind of session that serves, if one does.</summary>
    public SessionTier? Tier { get; init; }

    /// <summary>Whether that session is the last one: no better tier is on its way.</summary>
    public bool Settled { get; init; }

    /// <summary>Where the milliseconds of the load went.</summary>
    public LoadTimeline? Timeline { get; init; }

    /// <summary>What the warm-up measured.</summary>
    public WarmupStatistics? Warmup { get; init; }

    /// <summary>Why the model is degraded; empty when it is not.</summary>
    public IReadOnlyList<string> Degradations { get; init; } = [];

    /// <summary>Why the model could not be loaded, if it could not.</summary>
    public Exception? Failure { get; init; }
}
