using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Testing;

namespace ModelPersistence.Endpoint.Servers;

/// <summary>The models that both servers have, as files.</summary>
internal static class ServedModels
{
    public const string Voice = "voice";
    public const string Sum = "sum";
    public const string Echo = "echo";

    /// <summary>1 MiB of FP32.</summary>
    public const int Elements = 262_144;

    public static readonly string[] All = [Voice, Sum, Echo];

    public static string PathOf(string folder, string model) => Path.Combine(folder, $"{model}.onnx");

    public static void Save(string folder)
    {
        File.Copy(TestModels.SileroVadV5, PathOf(folder, Voice));
        new OnnxModelBuilder().Graph(static graph => graph
            .Input("x", TensorElementType.Float, "n")
            .Node("ReduceSum", ["x"], ["y"])
            .Output("y", TensorElementType.Float, 1)).Save(PathOf(folder, Sum));
        new OnnxModelBuilder().Graph(static graph => graph
            .Input("x", TensorElementType.Float, "n")
            .Node("Identity", ["x"], ["y"])
            .Output("y", TensorElementType.Float, "n")).Save(PathOf(folder, Echo));
    }
}
