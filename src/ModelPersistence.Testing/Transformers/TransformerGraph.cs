using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Testing;

/// <summary>
/// Writes an encoder as exporters do: a MatMul and an Add for every linear layer, Gelu spelled out with Erf, attention
/// by Reshape and Transpose. What a runtime can fuse is left for it to fuse.
/// </summary>
internal sealed class TransformerGraph(OnnxGraphBuilder graph, SyntheticTransformerOptions options)
{
    private int _names;
    private ulong _seed = options.Seed << 24;

    public void Build()
    {
        graph.Input("input_ids", TensorElementType.Int64, "batch", "sequence");
        graph.Input("attention_mask", TensorElementType.Int64, "batch", "sequence");
        graph.Initializer<long>("zero", [1], [0]).Initializer<long>("one", [1], [1]).Initializer<long>("two", [1], [2]);
        var mask = Mask();
        var hidden = Embeddings();
        for (var layer = 0; layer < options.Layers; layer++)
        {
            hidden = Layer($"layer.{layer}.", hidden, mask);
        }
        Head(hidden);
        graph.Output("logits", TensorElementType.Float, "batch", options.Classes);
    }

    /// <summary>0 where a token counts and -10000 where it does not, shaped [batch, 1, 1, sequence].</summary>
    private string Mask()
    {
        var wide = Op("Unsqueeze", Op("Unsqueeze", "attention_mask", "one"), "two");
        var floats = Op("Cast", a => a.Int("to", (long)TensorElementType.Float), wide);
        return Op("Mul", Op("Sub", Scalar(1f), floats), Scalar(-10000f));
    }

    private string Embeddings()
    {
        var words = Op("Gather", Weight("embeddings.word.weight", 1.0, options.Vocabulary, options.Hidden), "input_ids");
        graph.Initializer<long>(
            "position_ids",
            [1, options.MaxPositions],
            [.. Enumerable.Range(0, options.MaxPositions).Select(i => (long)i)]
        );
        var length = Op("Gather", a => a.Int("axis", 0), Op("Shape", "input_ids"), "one");
        var ids = Op("Slice", "position_ids", "zero", length, "one");
        var positions = Op("Gather", Weight("embeddings.position.weight", 0.3, options.MaxPositions, options.Hidden), ids);
        return Norm("embeddings.norm", Op("Add", words, positions));
    }

    private string Layer(string at, string input, string mask)
    {
        var size = options.Hidden / options.Heads;
        graph.Initializer<long>(at + "split", [4], [0, 0, options.Heads, size]).Initializer<long>(at + "join", [3], [0, 0, options.Hidden]);
        var query = Split("query", 0, 2, 1, 3);
        var key = Split("key", 0, 2, 3, 1);
        var value = Split("value", 0, 2, 1, 3);
        var scores = Op("Div", Op("MatMul", query, key), Scalar((float)Math.Sqrt(size)));
        var shares = Op("Softmax", a => a.Int("axis", -1), Op("Add", scores, mask));
        var context = Op("Reshape", Op("Transpose", a => a.Ints("perm", 0, 2, 1, 3), Op("MatMul", shares, value)), at + "join");
        var attended = Norm(at + "attention.norm", Op("Add", Linear(at + "attention.out", context, options.Hidden, options.Hidden), input));
        var wide = Gelu(Linear(at + "ffn.in", attended, options.Hidden, options.FeedForward));
        return Norm(at + "ffn.norm", Op("Add", Linear(at + "ffn.out", wide, options.FeedForward, options.Hidden), attended));

        string Split(string name, params long[] order) =>
            Op(
                "Transpose",
                a => a.Ints("perm", order),
                Op("Reshape", Linear(at + "attention." + name, input, options.Hidden, options.Hidden), at + "split")
            );
    }

    private string Gelu(string x)
    {
        var erf = Op("Erf", Op("Div", x, Scalar((float)Math.Sqrt(2))));
        return Op("Mul", Op("Mul", x, Op("Add", erf, Scalar(1f))), Scalar(0.5f));
    }

    /// <summary>The classifier on the first token. Its weights have a seed of their own.</summary>
    private void Head(string hidden)
    {
        _seed = ~(options.HeadSeed << 24);
        var first = Op("Gather", a => a.Int("axis", 1), hidden, Constant<long>([], [0]));
        var pooled = Op("Relu", Gemm("head.dense", first, options.Hidden, options.Hidden));
        var weight = Weight("head.out.weight", 1 / Math.Sqrt(options.Hidden), options.Classes, options.Hidden);
        graph.Node("Gemm", [pooled, weight, Weight("head.out.bias", 0.1, options.Classes)], ["logits"], a => a.Int("transB", 1));
    }

    private string Gemm(string name, string input, int from, int to) =>
        Op(
            "Gemm",
            a => a.Int("transB", 1),
            input,
            Weight(name + ".weight", 1 / Math.Sqrt(from), to, from),
            Weight(name + ".bias", 0.02, to)
        );

    private string Linear(string name, string input, int from, int to)
    {
        // Deviations a little under 1 / sqrt(width) keep attention soft and activations near 1 at every size.
        var weight = Weight(name + ".weight", 0.6 / Math.Sqrt(from), from, to);
        return Op("Add", Op("MatMul", input, weight), Weight(name + ".bias", 0.02, to));
    }

    private string Norm(string name, string input)
    {
        graph.Initializer(name + ".scale", TensorElementType.Float, [options.Hidden], RandomWeights.Constant(1f));
        var bias = Weight(name + ".bias", 0.02, options.Hidden);
        return Op("LayerNormalization", a => a.Int("axis", -1).Float("epsilon", 1e-12f), input, name + ".scale", bias);
    }

    private string Weight(string name, double deviation, params ReadOnlySpan<long> dimensions)
    {
        graph.Initializer(name, TensorElementType.Float, dimensions, RandomWeights.Normal(_seed++, deviation));
        return name;
    }

    private string Scalar(float value) => Constant<float>([], [value]);

    private string Constant<T>(ReadOnlySpan<long> dimensions, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var name = $"constant_{++_names}";
        graph.Initializer(name, dimensions, values);
        return name;
    }

    private string Op(string type, params ReadOnlySpan<string> inputs) => Op(type, null, inputs);

    private string Op(string type, Action<OnnxAttributes>? attributes, params ReadOnlySpan<string> inputs)
    {
        var output = $"{type}_output_{++_names}";
        graph.Node(type, inputs, [output], attributes);
        return output;
    }
}
