using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ModelPersistence.Startup;

namespace ModelPersistence.Diagnostics;

/// <summary>The part <c>ml_models</c> of a health report. Immutable.</summary>
public sealed record ModelsHealth
{
    /// <summary>Whether the host has any model.</summary>
    [JsonPropertyName("enabled")]
    public required bool Enabled { get; init; }

    /// <summary>As the status of the report.</summary>
    [JsonPropertyName("status")]
    [JsonConverter(typeof(JsonStringEnumConverter<HealthStatus>))]
    public required HealthStatus Status { get; init; }

    /// <summary>The phase of the start.</summary>
    [JsonPropertyName("phase")]
    [JsonConverter(typeof(JsonStringEnumConverter<StartupPhase>))]
    public required StartupPhase Phase { get; init; }

    /// <summary>The references that serve.</summary>
    [JsonPropertyName("loaded_models")]
    public required IReadOnlyList<string> LoadedModels { get; init; }

    /// <summary>How many references the host names or has been asked for.</summary>
    [JsonPropertyName("total_models")]
    public required int TotalModels { get; init; }

    /// <summary>Each of them, by its reference.</summary>
    [JsonPropertyName("models")]
    public required IReadOnlyDictionary<string, ModelHealthEntry> Models { get; init; }
}
