using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>The shape and the values of one synthesized input.</summary>
public sealed record InputHint
{
    /// <summary>The shape; empty for a scalar, null to take the model's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? Shape { get; init; }

    /// <summary>Values in row-major order, repeated until the shape is full. Converted to the input's element type. Null for made-up values.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Values { get; init; }

    /// <summary>Values of a string input, repeated until the shape is full.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Strings { get; init; }
}
