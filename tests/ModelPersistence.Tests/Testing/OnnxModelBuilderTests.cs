using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing;

public sealed class OnnxModelBuilderTests
{
    [Test]
    public void A_built_model_runs_in_the_real_runtime()
    {
        using var session = new InferenceSession(
            new OnnxModelBuilder()
                .Graph(g =>
                    g.Input("x", TensorElementType.Float, "batch", 3)
                        .Initializer<float>("c", [3], [10, 20, 30])
                        .Node("Add", ["x", "c"], ["y"])
                        .Output("y", TensorElementType.Float, "batch", 3)
                )
                .ToArray()
        );

        Assert.That(Runs.Once<float>(session, ("x", Runs.Tensor<float>([1, 2, 3], 1, 3))), Is.EqualTo(new float[] { 11, 22, 33 }));
    }

    [Test]
    public void Declared_shapes_keep_numbers_symbols_and_unknowns()
    {
        using var session = new InferenceSession(
            new OnnxModelBuilder()
                .Graph(g =>
                    g.Input("x", TensorElementType.Int64, "batch", 7, OnnxDimension.Unknown)
                        .Node("Identity", ["x"], ["y"])
                        .Output("y", TensorElementType.Int64, "batch", 7, OnnxDimension.Unknown)
                )
                .ToArray()
        );

        var input = session.InputMetadata["x"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(input.Dimensions, Is.EqualTo(new[] { -1, 7, -1 }));
            Assert.That(input.SymbolicDimensions, Is.EqualTo(new[] { "batch", "", "" }));
            Assert.That(input.ElementDataType, Is.EqualTo(TensorElementType.Int64));
        }
    }

    [Test]
    public void Every_kind_of_attribute_is_read_by_the_runtime()
    {
        using var session = new InferenceSession(
            new OnnxModelBuilder()
                .Graph(g =>
                    g.Input("x", TensorElementType.Float, 2, 3)
                        .Node("Transpose", ["x"], ["t"], a => a.Ints("perm", 1, 0))
                        .Node("LeakyRelu", ["t"], ["r"], a => a.Float("alpha", 0.5f))
                        .Node("Constant", [], ["c"], a => a.Tensor<float>("value", [1], [100]))
                        .Node("Constant", [], ["f"], a => a.Floats("value_floats", 0.25f, 0.75f))
                        .Node("Constant", [], ["s"], a => a.Strings("value_strings", "a", "b"))
                        .Node("Shape", ["s"], ["count"])
                        .Node("Cast", ["count"], ["two"], a => a.Int("to", 1))
                        .Node("ReduceSum", ["f"], ["one"])
                        .Node("Pad", ["r", "pads", "c"], ["p"], a => a.String("mode", "constant"))
                        .Initializer<long>("pads", [4], [0, 0, 0, 1])
                        .Node("Mul", ["p", "two"], ["m"])
                        .Node("Mul", ["m", "one"], ["y"])
                        .Output("y", TensorElementType.Float, 3, 3)
                )
                .ToArray()
        );

        var y = Runs.Once<float>(session, ("x", Runs.Tensor<float>([1, 2, 3, -2, -4, -6], 2, 3)));

        Assert.That(y, Is.EqualTo(new float[] { 2, -2, 200, 4, -4, 200, 6, -6, 200 }));
    }

    [Test]
    public void Opset_version_and_metadata_reach_the_model()
    {
        using var session = new InferenceSession(TestModels.Add().Opset(13).IrVersion(7).Metadata("team", "speech").ToArray());

        Assert.That(session.ModelMetadata.CustomMetadataMap, Contains.Key("team").WithValue("speech"));
    }

    [Test]
    public void External_data_is_aligned_and_gives_the_same_numbers()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.onnx");
        Build().ExternalData(minimumBytes: 16, alignment: 256).Save(path);

        using var inline = new InferenceSession(Build().ToArray());
        using var external = new InferenceSession(path);
        float[] x = [1, 2, 3, 4];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new FileInfo(path + ".data").Length, Is.EqualTo(256 + 16));
            Assert.That(File.ReadAllBytes(path).AsSpan().IndexOf("offset"u8), Is.Positive);
            Assert.That(Runs.Once<float>(external, ("x", Runs.Tensor(x))), Is.EqualTo(Runs.Once<float>(inline, ("x", Runs.Tensor(x)))));
            Assert.That(Build().ExternalData().ToArray, Throws.InvalidOperationException);
        }

        static OnnxModelBuilder Build() =>
            new OnnxModelBuilder().Graph(g =>
                g.Input("x", TensorElementType.Float, 4)
                    .Initializer<float>("a", [4], [1, 2, 3, 4])
                    .Initializer<float>("b", [4], [5, 6, 7, 8])
                    .Initializer<float>("small", [1], [3])
                    .Node("Mul", ["x", "a"], ["ax"])
                    .Node("Add", ["ax", "b"], ["axb"])
                    .Node("Add", ["axb", "small"], ["y"])
                    .Output("y", TensorElementType.Float, 4)
            );
    }

    [Test]
    public void A_large_constant_is_asked_for_in_pieces()
    {
        const int Length = (5 << 20) + 12;
        var offsets = new List<long>();
        using var folder = new TemporaryFolder();

        new OnnxModelBuilder()
            .Graph(g =>
                g.Initializer(
                        "w",
                        TensorElementType.UInt8,
                        [Length],
                        (piece, offset) =>
                        {
                            offsets.Add(offset);
                            piece.Fill((byte)(offset >> 20));
                        }
                    )
                    .Node("ReduceMax", ["wide"], ["y"], a => a.Int("keepdims", 0))
            )
            .Save(Path.Combine(folder.Path, "large.onnx"));

        Assert.That(offsets, Is.EqualTo(new long[] { 0, 1 << 20, 2 << 20, 3 << 20, 4 << 20, 5 << 20 }));
        Assert.That(new FileInfo(Path.Combine(folder.Path, "large.onnx")).Length, Is.GreaterThan(Length));
    }

    [Test]
    public void A_model_over_the_formats_limit_asks_for_external_data()
    {
        var model = new OnnxModelBuilder().Graph(g => g.Initializer("w", TensorElementType.Float, [1L << 30], (_, _) => { }));

        Assert.That(() => model.ToArray(), Throws.InvalidOperationException.With.Message.Contains("ExternalData"));
    }

    [Test]
    public void Values_that_do_not_fit_their_shape_are_refused() =>
        Assert.That(
            () => new OnnxModelBuilder().Graph(g => g.Initializer<float>("c", [3], [1, 2])),
            Throws.ArgumentException.With.Message.Contains("'c'")
        );
}
