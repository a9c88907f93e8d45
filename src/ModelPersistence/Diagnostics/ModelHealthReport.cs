using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ModelPersistence.Diagnostics;

/// <summary>How the models of a host are. A snapshot; immutable. Serializes to the JSON that <c>docs/telemetry.md</c> describes.</summary>
public sealed record ModelHealthReport
{
    /// <summary>
    /// Unhealthy only while a critical model has never served, or the start has taken longer than <c>StartupTimeout</c>: requests would wait or fail.
    /// Everything else that is wrong is degraded: the host serves.
    /// </summary>
    [JsonPropertyName("status")]
    [JsonConverter(typeof(JsonStringEnumConverter<HealthStatus>))]
    public required HealthStatus Status { get; init; }

    /// <summary>Why it is not healthy; empty where it is.</summary>
    [JsonPropertyName("reasons")]
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The models.</summary>
    [JsonPropertyName("ml_models")]
    public required ModelsHealth Models { get; init; }

    /// <summary>Their warm-up.</summary>
    [JsonPropertyName("model_warmup")]
    public required WarmupHealth Warmup { get; init; }
}
