using System.Text.Json.Serialization;

namespace ModelPersistence.Diagnostics;

/// <summary>The figures of all warm-ups of a host. Immutable.</summary>
/// <param name="AverageMilliseconds">The mean of a run over all models, in milliseconds; null where none was warmed.</param>
/// <param name="P95Milliseconds">The 95th percentile of the slowest model, in milliseconds; null where none was warmed.</param>
public sealed record WarmupPerformance(
    [property: JsonPropertyName("avg_inference_ms")] double? AverageMilliseconds,
    [property: JsonPropertyName("p95_inference_ms")] double? P95Milliseconds);
