using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(60_000)]
internal sealed class ModelSignatureTests
{
    private const TensorElementType Float = TensorElementType.Float;

    private static readonly Action<OnnxGraphBuilder> Plain = Graph("x", Float, ["batch", 4], "y");

    [Test]
    public void Other_weights_are_the_same_signature() => Assert.That(Why(TestModels.Add(1), TestModels.Add(2)), Is.Null);

    [Test]
    public void Silero_5_and_6_are_called_alike()
    {
        using var five = new InferenceSession(TestModels.SileroVadV5);
        using var six = new InferenceSession(TestModels.SileroVadV6);
        Assert.That(ModelSignature.WhyIncompatible(ModelSignature.Of(five), ModelSignature.Of(six)), Is.Null);
    }

    [Test]
    public void The_name_of_a_free_size_does_not_count() => Assert.That(Why(Plain, Graph("x", Float, ["rows", 4], "y")), Is.Null);

    [Test]
    public void Every_difference_of_an_input_is_told_with_both_sides()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Why(Plain, Graph("z", Float, ["batch", 4], "y")), Is.EqualTo("the input 'x' float[?, 4] is gone"));
        Assert.That(Why(Plain, Graph("x", TensorElementType.Double, ["batch", 4], "y")), Is.EqualTo("the input 'x' float[?, 4] is now 'x' double[?, 4]"));
        Assert.That(Why(Plain, Graph("x", Float, ["batch", 5], "y")), Is.EqualTo("the input 'x' float[?, 4] is now 'x' float[?, 5]"));
        Assert.That(Why(Plain, Graph("x", Float, [1, 4], "y")), Is.EqualTo("the input 'x' float[?, 4] is now 'x' float[1, 4]"));
        Assert.That(Why(Graph("x", Float, [1, 4], "y"), Plain), Is.EqualTo("the input 'x' float[1, 4] is now 'x' float[?, 4]"));
        Assert.That(Why(Plain, Graph("x", Float, ["batch", 1, 4], "y")), Is.EqualTo("the input 'x' float[?, 4] is now 'x' float[?, 1, 4]"));
    }

    [Test]
    public void An_input_that_is_new_is_a_difference() =>
        Assert.That(Why(Plain, static g => { Plain(g); g.Input("more", TensorElementType.Int64); }), Is.EqualTo("the input 'more' int64[] is new"));

    [Test]
    public void Inputs_are_found_by_name_in_whatever_order()
    {
        static void Sum(OnnxGraphBuilder g, string first, string second) =>
            g.Input(first, Float, 4).Input(second, Float, 4).Node("Add", ["a", "b"], ["y"]).Output("y", Float, 4);
        Assert.That(Why(static g => Sum(g, "a", "b"), static g => Sum(g, "b", "a")), Is.Null);
    }

    [Test]
    public void Outputs_are_compared_in_their_order()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Why(Two("y", "z"), Two("z", "y")), Is.EqualTo("the output 'y' float[?, 4] is now 'z' float[?, 4]"));
        Assert.That(Why(Two("y", "z"), Graph("x", Float, ["batch", 4], "y")), Is.EqualTo("the output 'z' float[?, 4] is gone"));
        Assert.That(Why(Graph("x", Float, ["batch", 4], "y"), Two("y", "z")), Is.EqualTo("the output 'z' float[?, 4] is new"));
    }

    [Test]
    public void An_outputs_sizes_count_where_both_are_known()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Why(Blank(3), Blank(4)), Is.EqualTo("the output 'y' float[3] is now 'y' float[4]"));
        Assert.That(Why(Blank(3), Blank("count")), Is.Null);
        Assert.That(Why(Blank("count"), Blank(3)), Is.Null);
    }

    [Test]
    public void An_optimized_file_of_a_model_has_its_signature()
    {
        var folder = Directory.CreateTempSubdirectory("modelpersistence-");
        try
        {
            using var options = new SessionOptions { OptimizedModelFilePath = Path.Combine(folder.FullName, "optimized.onnx"), GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED };
            using var own = new InferenceSession(TestModels.OcrOrientation, options);
            using var optimized = new InferenceSession(options.OptimizedModelFilePath);
            Assert.That(ModelSignature.WhyIncompatible(ModelSignature.Of(own), ModelSignature.Of(optimized)), Is.Null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Action<OnnxGraphBuilder> Graph(string input, TensorElementType type, OnnxDimension[] shape, string output) =>
        g => g.Input(input, type, shape).Node("Identity", [input], [output]).Output(output, type, shape);

    private static Action<OnnxGraphBuilder> Two(string first, string second) => g => g
        .Input("x", Float, "batch", 4)
        .Node("Identity", ["x"], ["y"])
        .Node("Neg", ["x"], ["z"])
        .Output(first, Float, "batch", 4)
        .Output(second, Float, "batch", 4);

    private static Action<OnnxGraphBuilder> Blank(OnnxDimension size) =>
        g => g.Input("n", TensorElementType.Int64, 1).Node("ConstantOfShape", ["n"], ["y"]).Output("y", Float, size);

    private static string? Why(Action<OnnxGraphBuilder> before, Action<OnnxGraphBuilder> after) => Why(new OnnxModelBuilder().Graph(before), new OnnxModelBuilder().Graph(after));

    private static string? Why(OnnxModelBuilder before, OnnxModelBuilder after)
    {
        using var first = new InferenceSession(before.ToArray());
        using var second = new InferenceSession(after.ToArray());
        return ModelSignature.WhyIncompatible(ModelSignature.Of(first), ModelSignature.Of(second));
    }
}
