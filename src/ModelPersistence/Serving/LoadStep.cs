using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>One step of a load.</summary>
/// <param name="Phase">What was done.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="BehindStart">Whether it happened after the model had begun to serve.</param>
/// <param name="Detail">What is worth knowing: the provider, the verification, the artifact's form.</param>
public sealed record LoadStep(LoadPhase Phase, TimeSpan Duration, bool BehindStart, string? Detail = null);
