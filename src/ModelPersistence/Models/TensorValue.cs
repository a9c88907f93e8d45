using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>A small tensor written into a manifest.</summary>
public sealed record TensorValue
{
    /// <summary>The element type by its ONNX name in lowercase: <c>float</c>, <c>int64</c>, <c>uint8</c>, <c>bool</c>, <c>double</c>, ...</summary>
    public required string ElementType { get; init; }

    /// <summary>The shape; empty for a scalar.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The elements, row-major and little-endian (base64 in JSON). Null for strings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Data { get; init; }

    /// <summary>The elements of a string tensor.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Strings { get; init; }
}
