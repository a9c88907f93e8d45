using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Testing;

/// <summary>
/// Models for tests: real ones from the user's cache, and tiny ones made on the spot, each with one property that a
/// host has to cope with.
/// </summary>
/// <remarks>Safe for any number of threads: every call makes a new builder.</remarks>
public static class TestModels
{
    /// <summary>
    /// Voice activity detection, version 5 (2 MB, with If subgraphs). Inputs: <c>input</c> float[batch, samples],
    /// <c>state</c> float[2, batch, 128], <c>sr</c> int64 scalar. Outputs: <c>output</c> float[batch, 1], <c>stateN</c>.
    /// </summary>
    /// <exception cref="FileNotFoundException">It was not fetched yet.</exception>
    public static string SileroVadV5 => Find("silero_vad_v5.onnx");

    /// <summary>The next version of the same model: same signature, other weights.</summary>
    /// <exception cref="FileNotFoundException">It was not fetched yet.</exception>
    public static string SileroVadV6 => Find("silero_vad_v6.onnx");

    /// <summary>
    /// Orientation of a line of text (0.6 MB, convolutions). Input: <c>x</c> float[batch, 3, height, width]. Output:
    /// float[batch, 2].
    /// </summary>
    /// <exception cref="FileNotFoundException">It was not fetched yet.</exception>
    public static string OcrOrientation => Find("ch_ppocr_mobile_v2.0_cls_infer.onnx");

    /// <summary>Detection of text in an image (5 MB, convolutions).</summary>
    /// <exception cref="FileNotFoundException">It was not fetched yet.</exception>
    public static string OcrDetection => Find("ch_PP-OCRv4_det_infer.onnx");

    /// <summary>Recognition of a line of text (11 MB, convolutions).</summary>
    /// <exception cref="FileNotFoundException">It was not fetched yet.</exception>
    public static string OcrRecognition => Find("ch_PP-OCRv4_rec_infer.onnx");

    /// <summary>The folder of the cache that holds models: below <c>MODELPERSISTENCE_CACHE</c>, else the user's cache folder.</summary>
    public static string Folder => ModelCache.Folder;

    /// <summary>The path of a real model in the cache.</summary>
    /// <param name="fileName">The file's name, such as <c>silero_vad_v5.onnx</c>.</param>
    /// <returns>The absolute path. Do not write to it.</returns>
    /// <exception cref="FileNotFoundException">It was not fetched yet; the message names the script that fetches it.</exception>
    public static string Find(string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        var path = Path.Combine(Folder, fileName);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"The model '{fileName}' is not in '{Folder}'. Run eng/models.sh to fetch it; MODELPERSISTENCE_CACHE names another cache.",
                path
            );
    }

    /// <summary>y = x + constant. Input <c>x</c>, output <c>y</c>: float[batch, width].</summary>
    /// <param name="constant">What is added to every element: two models with different constants are two versions.</param>
    /// <param name="width">The row's length in elements, and the number of weights.</param>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Add(float constant = 1, int width = 1024) =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float, "batch", width)
                .Initializer("c", TensorElementType.Float, [width], RandomWeights.Constant(constant))
                .Node("Add", ["x", "c"], ["y"])
                .Output("y", TensorElementType.Float, "batch", width)
        );

    /// <summary>y = x times seeded random weights. Input <c>x</c>, output <c>y</c>: float[batch, width].</summary>
    /// <param name="width">The row's length; the weights are width times width.</param>
    /// <param name="seed">The seed of the weights.</param>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder MatMul(int width = 64, ulong seed = 1) =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float, "batch", width)
                .Initializer("w", TensorElementType.Float, [width, width], RandomWeights.Normal(seed, 1 / Math.Sqrt(width)))
                .Node("MatMul", ["x", "w"], ["y"])
                .Output("y", TensorElementType.Float, "batch", width)
        );

    /// <summary>
    /// Subgraphs with weights in and around them: y = x + 1 when <c>flag</c> (bool scalar), else 2x.
    /// Input <c>x</c>, output <c>y</c>: float[batch, 512].
    /// </summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Conditional() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("flag", TensorElementType.Bool)
                .Input("x", TensorElementType.Float, "batch", 512)
                .Initializer("two", TensorElementType.Float, [512], RandomWeights.Constant(2))
                .Node("If", ["flag"], ["y"], attributes => attributes.Graph("then_branch", Then).Graph("else_branch", Else))
                .Output("y", TensorElementType.Float, "batch", 512)
        );

    /// <summary>
    /// An input whose length must be a multiple of six, which its shape float[length] does not say: rows of six are summed.
    /// Input <c>x</c>, output <c>y</c>: float[rows].
    /// </summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder MultipleOfSix() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float, "length")
                .Initializer<long>("shape", [2], [-1, 6])
                .Initializer<long>("axis", [1], [1])
                .Node("Reshape", ["x", "shape"], ["rows"])
                .Node("ReduceSum", ["rows", "axis"], ["y"], attributes => attributes.Int("keepdims", 0))
                .Output("y", TensorElementType.Float, "rows")
        );

    /// <summary>Text in and out. Input <c>text</c>, output <c>same</c>: string[count], equal.</summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Strings() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("text", TensorElementType.String, "count")
                .Node("Identity", ["text"], ["same"])
                .Output("same", TensorElementType.String, "count")
        );

    /// <summary>y = x + 1 in half precision. Input <c>x</c>, output <c>y</c>: float16[batch, 4].</summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Halves() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float16, "batch", 4)
                .Initializer("c", [4], [(Half)1, (Half)1, (Half)1, (Half)1])
                .Node("Add", ["x", "c"], ["y"])
                .Output("y", TensorElementType.Float16, "batch", 4)
        );

    /// <summary>
    /// The sum of four inputs of shape [count]: <c>a</c> int64, <c>b</c> int32, <c>c</c> uint8, <c>d</c> bool.
    /// Output <c>y</c>: int64[count].
    /// </summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Integers()
    {
        Action<OnnxAttributes> wide = attributes => attributes.Int("to", (long)TensorElementType.Int64);
        return new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("a", TensorElementType.Int64, "count")
                .Input("b", TensorElementType.Int32, "count")
                .Input("c", TensorElementType.UInt8, "count")
                .Input("d", TensorElementType.Bool, "count")
                .Node("Cast", ["b"], ["wide_b"], wide)
                .Node("Cast", ["c"], ["wide_c"], wide)
                .Node("Cast", ["d"], ["wide_d"], wide)
                .Node("Add", ["a", "wide_b"], ["ab"])
                .Node("Add", ["wide_c", "wide_d"], ["cd"])
                .Node("Add", ["ab", "cd"], ["y"])
                .Output("y", TensorElementType.Int64, "count")
        );
    }

    /// <summary>Another answer on every run: only shapes can be compared. Input <c>x</c>, output <c>y</c>: float[batch, 4].</summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder Random() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float, "batch", 4)
                .Node("RandomNormalLike", ["x"], ["y"])
                .Output("y", TensorElementType.Float, "batch", 4)
        );

    /// <summary>A well-formed file that no runtime loads: it uses an operator that does not exist.</summary>
    /// <returns>A new builder.</returns>
    public static OnnxModelBuilder UnknownOperator() =>
        new OnnxModelBuilder().Graph(graph =>
            graph
                .Input("x", TensorElementType.Float, "batch", 4)
                .Node("NoSuchOperator", ["x"], ["y"])
                .Output("y", TensorElementType.Float, "batch", 4)
        );

    private static void Then(OnnxGraphBuilder graph) =>
        graph
            .Initializer("one", TensorElementType.Float, [512], RandomWeights.Constant(1))
            .Node("Add", ["x", "one"], ["more"])
            .Output("more", TensorElementType.Float, "batch", 512);

    private static void Else(OnnxGraphBuilder graph) =>
        graph.Node("Mul", ["x", "two"], ["twice"]).Output("twice", TensorElementType.Float, "batch", 512);
}
