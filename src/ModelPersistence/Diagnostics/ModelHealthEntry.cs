using System.Text.Json.Serialization;
using ModelPersistence.Serving;

namespace ModelPersistence.Diagnostics;

/// <summary>One reference in a health report. Immutable.</summary>
public sealed record ModelHealthEntry
{
    /// <summary>Its state.</summary>
    [JsonPropertyName("state")]
    [JsonConverter(typeof(JsonStringEnumConverter<ModelState>))]
    public required ModelState State { get; init; }

    /// <summary>Whether the host is unhealthy until it has served.</summary>
    [JsonPropertyName("critical")]
    public required bool Critical { get; init; }

    /// <summary>The version that serves, of a split the one with the greatest share; null where none does.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>The time from the request for it to the moment it served, in milliseconds; null while it has not.</summary>
    [JsonPropertyName("ready_ms")]
    public double? ReadyMilliseconds { get; init; }

    /// <summary>Where that time went, and what was done behind the start: one line, as in the log.</summary>
    [JsonPropertyName("timeline")]
    public string? Timeline { get; init; }

    /// <summary>The runs it answered for since it serves.</summary>
    [JsonPropertyName("inferences")]
    public long Inferences { get; init; }

    /// <summary>Those that failed.</summary>
    [JsonPropertyName("errors")]
    public long Errors { get; init; }

    /// <summary>The 95th percentile of the others, in milliseconds; null where there are none.</summary>
    [JsonPropertyName("p95_ms")]
    public double? P95Milliseconds { get; init; }

    /// <summary>Why it is degraded or failed; empty where it is not.</summary>
    [JsonPropertyName("reasons")]
    public required IReadOnlyList<string> Reasons { get; init; }
}
