using System.Text.Json.Serialization;

namespace ModelPersistence.Diagnostics;

/// <summary>The part <c>model_warmup</c> of a health report. Immutable.</summary>
public sealed record WarmupHealth
{
    /// <summary><c>completed</c>, <c>in_progress</c>, or <c>not_started</c> where nothing serves yet.</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    /// <summary>Whether every model that serves does so from its last session, warmed as it was asked to be.</summary>
    [JsonPropertyName("warmed_up")]
    public required bool WarmedUp { get; init; }

    /// <summary>What the warm-ups measured.</summary>
    [JsonPropertyName("performance")]
    public required WarmupPerformance Performance { get; init; }
}
