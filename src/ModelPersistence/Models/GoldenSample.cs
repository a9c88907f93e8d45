using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>An input with the output it must give: |a − b| ≤ atol + rtol·|b| for every element.</summary>
public sealed record GoldenSample
{
    /// <summary>The inputs by name.</summary>
    public required IReadOnlyDictionary<string, TensorValue> Inputs { get; init; }

    /// <summary>The expected outputs by name; outputs not named here are not compared.</summary>
    public required IReadOnlyDictionary<string, TensorValue> Outputs { get; init; }

    /// <summary>The absolute tolerance; null for the default of the element type.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AbsoluteTolerance { get; init; }

    /// <summary>The relative tolerance; null for the default of the element type.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RelativeTolerance { get; init; }
}
