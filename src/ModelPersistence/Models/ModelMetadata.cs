using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>Free description of a version.</summary>
public sealed record ModelMetadata
{
    /// <summary>A sentence or two for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>The framework the model was trained in or exported from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Framework { get; init; }

    /// <summary>The licence, as an SPDX expression where there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Licence { get; init; }

    /// <summary>Where the model comes from: data set, parent model, commit, pipeline run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Lineage { get; init; }

    /// <summary>Figures measured in training or evaluation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>What the model needs beside the runtime, name → version: a tokenizer, a vocabulary, another model, an operator library.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Dependencies { get; init; }

    /// <summary>Anything else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
