using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>An input or an output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its kind and element types, in words.</param>
/// <param name="Dimensions">The sizes of a tensor, -1 where they are free. Empty for a scalar, and where the model declares no shape: the runtime does not tell them apart.</param>
internal sealed record ModelPort(string Name, string Type, IReadOnlyList<int> Dimensions)
{
    public static ModelPort Of(string name, NodeMetadata node) => new(name, Describe(node), node.IsTensor ? [.. node.Dimensions.Select(static size => Math.Max(size, -1))] : []);

    public override string ToString() => $"'{Name}' {Type}[{string.Join(", ", Dimensions.Select(static size => size < 0 ? "?" : $"{size}"))}]";

    private static string Describe(NodeMetadata node) => node.OnnxValueType switch
    {
        OnnxValueType.ONNX_TYPE_TENSOR => ElementTypes.NameOf(node.ElementDataType),
        OnnxValueType.ONNX_TYPE_SPARSETENSOR => $"sparse {ElementTypes.NameOf(node.ElementDataType)}",
        OnnxValueType.ONNX_TYPE_SEQUENCE => $"sequence of {Describe(node.AsSequenceMetadata().ElementMeta)}",
        OnnxValueType.ONNX_TYPE_OPTIONAL => $"optional {Describe(node.AsOptionalMetadata().ElementMeta)}",
        OnnxValueType.ONNX_TYPE_MAP => $"map of {ElementTypes.NameOf(node.AsMapMetadata().KeyDataType)} to {Describe(node.AsMapMetadata().ValueMetadata)}",
        _ => node.OnnxValueType.ToString(),
    };
}
