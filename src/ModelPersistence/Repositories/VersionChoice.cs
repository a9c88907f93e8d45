using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>The version a reference stands for.</summary>
/// <param name="Version">The version.</param>
/// <param name="Doubts">Why the choice is less certain than it should be; empty when it is certain.</param>
/// <param name="Origin">What the origin says, where the choice did not wait for it; never faults, but can be cancelled.</param>
internal sealed record VersionChoice(ModelVersion Version, IReadOnlyList<string> Doubts, Task<OriginAnswer>? Origin);
