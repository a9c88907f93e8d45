using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>Models that show what of a request arrives.</summary>
internal static class ProtocolModels
{
    public static readonly (string Datatype, TensorElementType Type)[] Datatypes =
    [
        ("BOOL", TensorElementType.Bool), ("UINT8", TensorElementType.UInt8), ("UINT16", TensorElementType.UInt16), ("UINT32", TensorElementType.UInt32),
        ("UINT64", TensorElementType.UInt64), ("INT8", TensorElementType.Int8), ("INT16", TensorElementType.Int16), ("INT32", TensorElementType.Int32),
        ("INT64", TensorElementType.Int64), ("FP16", TensorElementType.Float16), ("BF16", TensorElementType.BFloat16), ("FP32", TensorElementType.Float),
        ("FP64", TensorElementType.Double), ("BYTES", TensorElementType.String),
    ];

    /// <summary>y = x, of any shape with so many dimensions.</summary>
    public static OnnxModelBuilder Echo(TensorElementType type, int rank = 1)
    {
        OnnxDimension[] shape = [.. Enumerable.Range(0, rank).Select(static d => (OnnxDimension)$"d{d}")];
        return new OnnxModelBuilder().Graph(graph => graph.Input("x", type, shape).Node("Identity", ["x"], ["y"]).Output("y", type, shape));
    }

    /// <summary>sum = a + b and difference = a - b, of two rows whose lengths must be equal or one.</summary>
    public static OnnxModelBuilder Arithmetic() => new OnnxModelBuilder().Graph(static graph => graph
        .Input("a", TensorElementType.Float, "m")
        .Input("b", TensorElementType.Float, "n")
        .Node("Add", ["a", "b"], ["sum"])
        .Node("Sub", ["a", "b"], ["difference"])
        .Output("sum", TensorElementType.Float, "s")
        .Output("difference", TensorElementType.Float, "s"));

    public static IModelManagementBuilder AddSaved(this IModelManagementBuilder models, TemporaryFolder folder, string name, OnnxModelBuilder model)
    {
        model.Save(folder[$"{name}.onnx"]);
        return models.AddModelFile(name, folder[$"{name}.onnx"]);
    }

    /// <summary>The body of a request with one input named x.</summary>
    public static string Request(string datatype, string shape, string data) =>
        $$"""{"inputs":[{"name":"x","shape":{{shape}},"datatype":"{{datatype}}","data":{{data}}}]}""";
}
