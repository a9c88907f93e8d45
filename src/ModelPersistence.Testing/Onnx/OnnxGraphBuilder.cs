using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Testing;

/// <summary>
/// Builds one graph: the main graph of a model or a subgraph of a node. Every method adds something and returns the
/// same object, so calls chain. Nodes are written in the order they were added, which must be an order of execution.
/// </summary>
/// <remarks>Nothing is checked beyond sizes: the result may be a model that no runtime loads. Not safe for concurrent use.</remarks>
public sealed class OnnxGraphBuilder
{
    private readonly string _name;
    private readonly List<Action<ProtoWriter>> _inputs = [];
    private readonly List<Action<ProtoWriter>> _outputs = [];
    private readonly List<Action<ProtoWriter>> _nodes = [];
    private readonly List<TensorData> _initializers = [];

    internal OnnxGraphBuilder(string name) => _name = name;

    /// <summary>The bytes of all initializers added so far, strings not counted.</summary>
    public long InitializerBytes => _initializers.Sum(tensor => tensor.Length);

    /// <summary>Declares an input tensor.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="dimensions">Its shape: numbers of elements or symbols; none for a scalar.</param>
    /// <returns>This object.</returns>
    public OnnxGraphBuilder Input(string name, TensorElementType type, params ReadOnlySpan<OnnxDimension> dimensions) =>
        Declare(_inputs, name, type, dimensions);

    /// <summary>Declares an output tensor.</summary>
    /// <param name="name">The output's name: that of some node's output.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="dimensions">Its shape: numbers of elements or symbols; none for a scalar.</param>
    /// <returns>This object.</returns>
    public OnnxGraphBuilder Output(string name, TensorElementType type, params ReadOnlySpan<OnnxDimension> dimensions) =>
        Declare(_outputs, name, type, dimensions);

    /// <summary>Adds a constant from values in memory.</summary>
    /// <typeparam name="T">The element type: float, double, Half, BFloat16, bool or an integer.</typeparam>
    /// <param name="name">The constant's name.</param>
    /// <param name="dimensions">The shape in elements; empty for a scalar.</param>
    /// <param name="values">The elements, row-major; copied.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">The number of values is not what the shape holds.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is not an element type of ONNX.</exception>
    public OnnxGraphBuilder Initializer<T>(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<T> values)
        where T : unmanaged => Add(TensorData.Of(name, dimensions, values));

    /// <summary>Adds a constant whose bytes are made while the model is written, however large.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="dimensions">The shape in elements; empty for a scalar.</param>
    /// <param name="fill">Writes the bytes in pieces.</param>
    /// <returns>This object.</returns>
    /// <exception cref="NotSupportedException"><paramref name="type"/> has no fixed size.</exception>
    public OnnxGraphBuilder Initializer(string name, TensorElementType type, ReadOnlySpan<long> dimensions, TensorFill fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        return Add(TensorData.Filled(name, type, dimensions, fill));
    }

    /// <summary>Adds a constant of strings.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="dimensions">The shape in elements; empty for a scalar.</param>
    /// <param name="values">The elements, row-major; copied.</param>
    /// <returns>This object.</returns>
    public OnnxGraphBuilder Initializer(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<string> values) =>
        Add(TensorData.OfStrings(name, dimensions, values));

    /// <summary>Adds a node.</summary>
    /// <param name="operatorType">The operator, such as <c>MatMul</c>.</param>
    /// <param name="inputs">The names of its inputs; an empty name skips an optional input.</param>
    /// <param name="outputs">The names of its outputs.</param>
    /// <param name="attributes">Adds its attributes.</param>
    /// <param name="domain">The operator set it comes from; empty for the standard one.</param>
    /// <returns>This object.</returns>
    public OnnxGraphBuilder Node(
        string operatorType,
        ReadOnlySpan<string> inputs,
        ReadOnlySpan<string> outputs,
        Action<OnnxAttributes>? attributes = null,
        string domain = ""
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(operatorType);
        var (ins, outs, name, list) = (inputs.ToArray(), outputs.ToArray(), $"{operatorType}_{_nodes.Count}", new OnnxAttributes());
        attributes?.Invoke(list);
        _nodes.Add(node =>
        {
            Array.ForEach(ins, input => node.String(1, input));
            Array.ForEach(outs, output => node.String(2, output));
            node.String(3, name);
            node.String(4, operatorType);
            list.Write(node);
            node.String(7, domain);
        });
        return this;
    }

    internal void Write(ProtoWriter graph, ExternalData? external)
    {
        _nodes.ForEach(node => graph.Message(1, node));
        graph.String(2, _name);
        _initializers.ForEach(tensor => graph.Message(5, t => tensor.Write(t, external)));
        _inputs.ForEach(input => graph.Message(11, input));
        _outputs.ForEach(output => graph.Message(12, output));
    }

    private OnnxGraphBuilder Add(TensorData tensor)
    {
        _initializers.Add(tensor);
        return this;
    }

    private OnnxGraphBuilder Declare(
        List<Action<ProtoWriter>> list,
        string name,
        TensorElementType type,
        ReadOnlySpan<OnnxDimension> dimensions
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var shape = dimensions.ToArray();
        list.Add(value =>
        {
            value.String(1, name);
            value.Message(2, t => t.Message(1, tensor => WriteType(tensor, type, shape)));
        });
        return this;
    }

    private static void WriteType(ProtoWriter tensor, TensorElementType type, OnnxDimension[] shape)
    {
        tensor.Int(1, (long)type);
        tensor.Message(2, s => Array.ForEach(shape, dimension => s.Message(1, dimension.Write)));
    }
}
