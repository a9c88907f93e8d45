namespace ModelPersistence.Models;

/// <summary>A version's share of an alias.</summary>
/// <param name="Version">The version.</param>
/// <param name="Weight">Its share, counted against the sum of all weights of the alias: 1 to <see cref="AliasTarget.MaxWeight"/>.</param>
public sealed record WeightedVersion(ModelVersion Version, int Weight);
