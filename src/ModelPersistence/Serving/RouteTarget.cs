using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>A version that serves, with its share of a route's requests.</summary>
internal sealed record RouteTarget(WeightedVersion Weighted, ServedModel Served);
