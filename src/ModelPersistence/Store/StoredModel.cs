using ModelPersistence.Integrity;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>A version whose files lie on this host, not yet verified.</summary>
internal sealed record StoredModel
{
    public required ResolvedModel Model { get; init; }

    /// <summary>The full path of the ONNX file.</summary>
    public required string EntryPath { get; init; }

    /// <summary>The manifest's files; empty for a model without a manifest.</summary>
    public IReadOnlyList<LocalFile> Files { get; init; } = [];

    /// <summary>The writable tree the files lie in; null for files of a read-only provider.</summary>
    public StoreFolder? Folder { get; init; }

    public VerificationMode Mode { get; init; }

    /// <summary>Whether this process hashed every byte just now, on the way here.</summary>
    public bool JustHashed => Fetched.IsHashed;

    /// <summary>What was transferred on the way here.</summary>
    public FetchOutcome Fetched { get; init; } = FetchOutcome.None;

    /// <summary>Keeps the files where they are for as long as it is held. Whoever receives this gives it up, a session holds a share of its own.</summary>
    public UseMark Use { get; init; } = UseMark.None;

    public string DisplayName => $"{Model.Name}:{Model.Version}";
}
