using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;

namespace ModelPersistence.Startup;

/// <summary>One version that a reference leads to. A snapshot; immutable.</summary>
public sealed record ServedVersion
{
    /// <summary>The version; 0.0.0 for a file without a repository.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>Its share of the requests, relative to those of the versions beside it; 1 where it is alone.</summary>
    public required int Weight { get; init; }

    /// <summary>Its manifest's digest, where that is known.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>Its state.</summary>
    public required ModelState State { get; init; }

    /// <summary>The kind of session it serves from; null while it is being withdrawn.</summary>
    public SessionTier? Tier { get; init; }

    /// <summary>How its runs went in this process, for all references that lead to it.</summary>
    public required InferenceStatistics Statistics { get; init; }

    /// <summary>The private memory that counts for it in the budget, in bytes: estimated until it was measured.</summary>
    public long PrivateBytes { get; init; }

    /// <summary>The bytes of files that are mapped for it. The system can take their pages back, so that they are in no budget.</summary>
    public long MappedBytes { get; init; }

    /// <summary>The execution provider its session runs on, <c>Cpu</c> for the processor; null while it is being withdrawn.</summary>
    public string? ExecutionProvider { get; init; }

    /// <summary>Why providers that the host prefers are not in use; empty where the first one is.</summary>
    public IReadOnlyList<string> FallbackReasons { get; init; } = [];
}
