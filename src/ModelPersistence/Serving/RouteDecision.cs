using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>What is to be done for a route now.</summary>
/// <param name="Load">Versions whose load is to begin.</param>
/// <param name="Lead">Where it shall lead from now on, empty for nowhere; null to leave it as it is.</param>
/// <param name="Drop">Versions that the route needs no more, whether they are loaded or on their way.</param>
internal sealed record RouteDecision(IReadOnlyList<ModelVersion> Load, IReadOnlyList<WeightedVersion>? Lead, IReadOnlyList<ModelVersion> Drop);
