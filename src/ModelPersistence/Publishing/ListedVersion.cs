using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>One version in a listing: what is known without reading its manifest.</summary>
/// <param name="Version">The version.</param>
/// <param name="Aliases">The aliases that stand for it, in ordinal order.</param>
/// <param name="Repository">The first provider of the chain that has it.</param>
public sealed record ListedVersion(ModelVersion Version, IReadOnlyList<string> Aliases, string Repository);
