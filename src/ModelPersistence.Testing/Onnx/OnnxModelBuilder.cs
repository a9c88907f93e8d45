namespace ModelPersistence.Testing;

/// <summary>
/// Builds small and large ONNX models without any ONNX tool: it writes the format itself, streaming the weights.
/// <code>
/// byte[] model = new OnnxModelBuilder()
///     .Graph(g => g
///         .Input("x", TensorElementType.Float, "batch", 4)
///         .Initializer&lt;float>("c", [4], [1, 2, 3, 4])
///         .Node("Add", ["x", "c"], ["y"])
///         .Output("y", TensorElementType.Float, "batch", 4))
///     .ToArray();
/// </code>
/// </summary>
/// <remarks>The same calls give the same bytes on every machine. Not safe for concurrent use.</remarks>
public sealed class OnnxModelBuilder
{
    private readonly OnnxGraphBuilder _graph = new("main");
    private readonly List<(string Domain, long Version)> _opsets = [];
    private readonly List<(string Key, string Value)> _metadata = [];
    private long _irVersion = 8;
    private (string? Suffix, long MinimumBytes, int Alignment) _external;

    /// <summary>Adds to the main graph.</summary>
    /// <param name="build">Adds inputs, constants, nodes and outputs; called at once.</param>
    /// <returns>This object.</returns>
    public OnnxModelBuilder Graph(Action<OnnxGraphBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        build(_graph);
        return this;
    }

    /// <summary>Imports an operator set. Without any call the model imports version 17 of the standard one.</summary>
    /// <param name="version">The version of the operator set.</param>
    /// <param name="domain">The operator set's name; empty for the standard one.</param>
    /// <returns>This object.</returns>
    public OnnxModelBuilder Opset(long version, string domain = "")
    {
        _opsets.Add((domain, version));
        return this;
    }

    /// <summary>Sets the version of the file format; 8 unless set.</summary>
    /// <param name="version">The version of the file format.</param>
    /// <returns>This object.</returns>
    public OnnxModelBuilder IrVersion(long version)
    {
        _irVersion = version;
        return this;
    }

    /// <summary>Adds an entry to the model's metadata.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="value">The entry's value.</param>
    /// <returns>This object.</returns>
    public OnnxModelBuilder Metadata(string key, string value)
    {
        _metadata.Add((key, value));
        return this;
    }

    /// <summary>
    /// Keeps the large constants of the main graph in a file beside the model, as a model over 2 GiB must.
    /// </summary>
    /// <param name="suffix">The data file is called like the model with this suffix added.</param>
    /// <param name="minimumBytes">Constants smaller than this stay inside the model.</param>
    /// <param name="alignment">Where constants begin in the data file: multiples of this number of bytes.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The alignment is not positive.</exception>
    public OnnxModelBuilder ExternalData(string suffix = ".data", long minimumBytes = 1024, int alignment = 4096)
    {
        ArgumentException.ThrowIfNullOrEmpty(suffix);
        ArgumentOutOfRangeException.ThrowIfLessThan(alignment, 1);
        _external = (suffix, minimumBytes, alignment);
        return this;
    }

    /// <summary>Writes the model, and its data file where there is one, over what is there.</summary>
    /// <param name="path">Where the model goes; its folder is made when missing.</param>
    /// <exception cref="InvalidOperationException">The model is 2 GiB or more: the format needs external data.</exception>
    /// <exception cref="IOException">The file system refused.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var external = _external.Suffix is { } suffix
            ? new ExternalData(Path.GetFileName(path) + suffix, _external.MinimumBytes, _external.Alignment)
            : null;
        var model = Encode(external);
        external?.Save(folder);
        using var file = File.Create(path, 1 << 16);
        model.CopyTo(file);
    }

    /// <summary>The model's bytes.</summary>
    /// <returns>A new array.</returns>
    /// <exception cref="InvalidOperationException">The model has external data, or is 2 GiB or more.</exception>
    public byte[] ToArray()
    {
        if (_external.Suffix is not null)
        {
            throw new InvalidOperationException("A model with external data is more than one file: use Save.");
        }
        using var bytes = new MemoryStream();
        Encode(null).CopyTo(bytes);
        return bytes.ToArray();
    }

    private ProtoWriter Encode(ExternalData? external)
    {
        var model = new ProtoWriter();
        model.Int(1, _irVersion);
        model.String(2, "ModelPersistence.Testing");
        model.Message(7, graph => _graph.Write(graph, external));
        foreach (var (domain, version) in _opsets.DefaultIfEmpty(("", 17)))
        {
            model.Message(
                8,
                opset =>
                {
                    opset.String(1, domain);
                    opset.Int(2, version);
                }
            );
        }
        foreach (var (key, value) in _metadata)
        {
            model.Message(
                14,
                entry =>
                {
                    entry.String(1, key);
                    entry.String(2, value);
                }
            );
        }
        return model.Length <= int.MaxValue
            ? model
            : throw new InvalidOperationException(
                $"The model has {model.Length} bytes, the format allows {int.MaxValue}: call ExternalData."
            );
    }
}
