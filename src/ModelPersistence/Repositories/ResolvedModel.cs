using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>What a reference came to: one version at one provider. Exactly one of <see cref="Document"/> and <see cref="Unmanifested"/> is set.</summary>
internal sealed record ResolvedModel
{
    public required ModelReference Reference { get; init; }

    public required ModelVersion Version { get; init; }

    public required IStorageProvider Provider { get; init; }

    public ManifestDocument? Document { get; init; }

    public UnmanifestedModel? Unmanifested { get; init; }

    /// <summary>Why the answer is less certain than it should be, for example a provider that could not be asked; empty when it is certain.</summary>
    public IReadOnlyList<string> Doubts { get; init; } = [];

    public string Name => Reference.Name;
}
