using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>What a reference stands for: one version, or a traffic split over several.</summary>
/// <param name="Target">The versions.</param>
/// <param name="Doubts">Why the choice is less certain than it should be; empty when it is certain.</param>
/// <param name="Origin">What the origin says, where the choice did not wait for it; never faults, but can be cancelled.</param>
internal sealed record VersionChoice(AliasTarget Target, IReadOnlyList<string> Doubts, Task<OriginAnswer>? Origin)
{
    /// <summary>The revision of the alias document that decided; null where none did.</summary>
    public long? Revision { get; init; }
}
