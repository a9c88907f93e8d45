using System.Text;

namespace ModelPersistence.Testing;

/// <summary>
/// The attributes of one node. Every method adds an attribute and returns the same object, so calls chain.
/// </summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class OnnxAttributes
{
    private readonly List<Action<ProtoWriter>> _writers = [];

    internal OnnxAttributes() { }

    /// <summary>Adds an integer attribute.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value; a flag is 0 or 1.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Int(string name, long value) => Add(name, 2, a => a.Int(3, value));

    /// <summary>Adds a float attribute.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Float(string name, float value) => Add(name, 1, a => a.Float(2, value));

    /// <summary>Adds a string attribute.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value, written as UTF-8.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes String(string name, string value) => Add(name, 3, a => a.String(4, value));

    /// <summary>Adds a list of integers, such as the <c>perm</c> of a Transpose.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Ints(string name, params long[] values) => Add(name, 7, a => Each(values, value => a.Int(8, value)));

    /// <summary>Adds a list of floats.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Floats(string name, params float[] values) => Add(name, 6, a => Each(values, value => a.Float(7, value)));

    /// <summary>Adds a list of strings.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values, written as UTF-8.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Strings(string name, params string[] values) =>
        Add(name, 8, a => Each(values, value => a.Bytes(9, Encoding.UTF8.GetBytes(value))));

    /// <summary>Adds a tensor, such as the <c>value</c> of a Constant.</summary>
    /// <typeparam name="T">The element type: float, double, Half, BFloat16, bool or an integer.</typeparam>
    /// <param name="name">The attribute's name.</param>
    /// <param name="dimensions">The shape in elements; empty for a scalar.</param>
    /// <param name="values">The elements, row-major.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">The number of values is not what the shape holds.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is not an element type of ONNX.</exception>
    public OnnxAttributes Tensor<T>(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var tensor = TensorData.Of(name, dimensions, values);
        return Add(name, 4, a => a.Message(5, t => tensor.Write(t, null)));
    }

    /// <summary>Adds a subgraph, such as the <c>then_branch</c> of an If.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="build">Builds the subgraph; it may use names of the graph around it.</param>
    /// <returns>This object.</returns>
    public OnnxAttributes Graph(string name, Action<OnnxGraphBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        var graph = new OnnxGraphBuilder(name);
        build(graph);
        return Add(name, 5, a => a.Message(6, g => graph.Write(g, null)));
    }

    internal void Write(ProtoWriter node) => Each(_writers, writer => node.Message(5, writer));

    private static void Each<T>(IEnumerable<T> values, Action<T> action)
    {
        foreach (var value in values)
        {
            action(value);
        }
    }

    private OnnxAttributes Add(string name, int type, Action<ProtoWriter> writeValue)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _writers.Add(attribute =>
        {
            attribute.String(1, name);
            writeValue(attribute);
            attribute.Int(20, type);
        });
        return this;
    }
}
