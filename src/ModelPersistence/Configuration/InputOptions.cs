using ModelPersistence.Models;

namespace ModelPersistence.Configuration;

/// <summary>How one input looks in warm-up runs.</summary>
public sealed class InputOptions
{
    /// <summary>The shape; empty for a scalar, null to take the model's own.</summary>
    public IList<long>? Shape { get; set; }

    /// <summary>Values in row-major order, repeated until the shape is full. Converted to the input's element type. Null for made-up values.</summary>
    public IList<double>? Values { get; set; }

    /// <summary>Values of a string input, repeated until the shape is full.</summary>
    public IList<string>? Strings { get; set; }

    internal InputHint ToHint() => new()
    {
        Shape = Shape is null ? null : [.. Shape],
        Values = Values is null ? null : [.. Values],
        Strings = Strings is null ? null : [.. Strings],
    };
}
