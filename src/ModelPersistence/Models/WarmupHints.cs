using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>
/// How to make inputs for a model whose signature leaves something open. A symbolic dimension without a hint is taken as 1; an input
/// without values gets small deterministic ones.
/// </summary>
public sealed record WarmupHints
{
    /// <summary>Sizes of symbolic dimensions by their name in the model, for example <c>sequence</c> = 32.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? Dimensions { get; init; }

    /// <summary>Shapes and values by input name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, InputHint>? Inputs { get; init; }

    /// <summary>
    /// The 95th percentile in milliseconds that the warm-up of the version may have before it replaces one that serves; positive. Null for
    /// any. A host's <c>Validation:LatencyBudget</c> takes precedence.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LatencyBudgetMs { get; init; }
}
