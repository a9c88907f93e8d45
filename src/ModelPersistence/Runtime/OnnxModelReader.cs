using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Reads what <see cref="OnnxModelFacts"/> holds from a model file as a stream: weights are skipped, never loaded.</summary>
internal sealed class OnnxModelReader
{
    private const int MaxDepth = 100;
    private const int MaxExternalTensors = 200_000;
    private const int MaxOperators = 10_000;
    private const ulong OrtMagic = 0x4D54_524FUL << 32;

    private readonly WireReader _wire;
    private readonly bool _wantsUses;
    private readonly List<ExternalTensor> _tensors = [];
    private readonly HashSet<string> _operators = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lookups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _otherUses = new(StringComparer.Ordinal);

    private OnnxModelReader(WireReader wire, bool wantsUses) => (_wire, _wantsUses) = (wire, wantsUses);

    /// <param name="model">The model's name, for messages.</param>
    /// <param name="path">The file.</param>
    /// <param name="wantsUses">Whether <see cref="OnnxModelFacts.LookupTables"/> is wanted; it takes memory by the number of nodes.</param>
    /// <exception cref="ModelIntegrityException">The bytes are not an ONNX model.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxModelFacts Read(string model, string path, bool wantsUses = false)
    {
        using var stream = new FileStream(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
        try
        {
            return Read(stream, wantsUses);
        }
        catch (InvalidDataException e)
        {
            var file = Path.GetFileName(path);
            throw new ModelIntegrityException($"The file '{file}' of model '{model}' is not a valid ONNX model: {e.Message}. Restore the file or export the model again.", e) { Model = model, File = file };
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not an ONNX model.</exception>
    public static OnnxModelFacts Read(Stream stream, bool wantsUses)
    {
        var wire = new WireReader(stream);
        var reader = new OnnxModelReader(wire, wantsUses);

        // The runtime's own format: a flat buffer that carries its weights itself.
        if ((wire.Peek() & 0xFFFF_FFFF_0000_0000UL) != OrtMagic)
        {
            reader.ReadModel();
        }

        reader._lookups.ExceptWith(reader._otherUses);
        return new OnnxModelFacts { ExternalTensors = reader._tensors, Operators = reader._operators, LookupTables = reader._lookups };
    }

    private void ReadModel()
    {
        var end = _wire.Length;
        while (_wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (7, 2): ReadGraph(_wire.ReadEnd(end), 1); break;
                case (20, 2): ReadParts(_wire.ReadEnd(end), 1, static (self, part) => part is 1 or 2 ? self.ReadGraph : null); break;
                case (25, 2): ReadParts(_wire.ReadEnd(end), 1, static (self, part) => part switch { 7 => self.ReadNode, 11 => self.ReadAttribute, _ => null }); break;
                default: _wire.Skip(type, end); break;
            }
        }
    }

    private void ReadGraph(long end, int depth)
    {
        while (_wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (1, 2): ReadNode(_wire.ReadEnd(end), depth + 1); break;
                case (5, 2): ReadTensor(_wire.ReadEnd(end), isMainInitializer: depth == 1); break;
                case (15, 2): ReadSparse(_wire.ReadEnd(end), depth + 1); break;
                default: _wire.Skip(type, end); break;
            }
        }
    }

    private void ReadNode(long end, int depth)
    {
        Bound(depth);
        List<string>? inputs = _wantsUses ? [] : null;
        string operatorType = "", domain = "";
        while (_wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (1, 2) when inputs is not null: inputs.Add(_wire.ReadText(end)); break;
                case (4, 2): operatorType = _wire.ReadText(end); break;
                case (5, 2): ReadAttribute(_wire.ReadEnd(end), depth + 1); break;
                case (7, 2): domain = _wire.ReadText(end); break;
                default: _wire.Skip(type, end); break;
            }
        }

        if (_operators.Add($"{(domain == "ai.onnx" ? "" : domain)}::{operatorType}") && _operators.Count > MaxOperators)
        {
            throw _wire.Bad($"the model uses more than {MaxOperators} operator types");
        }

        for (var i = 0; i < inputs?.Count; i++)
        {
            (IsLookup(domain, operatorType, i) ? _lookups : _otherUses).Add(inputs[i]);
        }
    }

    private static bool IsLookup(string domain, string operatorType, int input) => (domain, operatorType) switch
    {
        ("" or "ai.onnx", "Gather") => input == 0,
        ("com.microsoft", "GatherBlockQuantized") => input == 0,
        ("com.microsoft", "EmbedLayerNormalization") => input is 2 or 3 or 4,
        _ => false,
    };

    private void ReadAttribute(long end, int depth)
    {
        Bound(depth);
        while (_wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (5 or 10, 2): ReadTensor(_wire.ReadEnd(end), isMainInitializer: false); break;
                case (6 or 11, 2): ReadGraph(_wire.ReadEnd(end), depth + 1); break;
                case (22 or 23, 2): ReadSparse(_wire.ReadEnd(end), depth + 1); break;
                default: _wire.Skip(type, end); break;
            }
        }
    }

    private void ReadSparse(long end, int depth) =>
        ReadParts(end, depth, static (self, part) => part is 1 or 2 ? (tensorEnd, _) => self.ReadTensor(tensorEnd, isMainInitializer: false) : null);

    private void ReadParts(long end, int depth, Func<OnnxModelReader, int, Action<long, int>?> choose)
    {
        while (_wire.TryReadTag(end, out var field, out var type))
        {
            if (type == 2 && choose(this, field) is { } read)
            {
                read(_wire.ReadEnd(end), depth + 1);
            }
            else
            {
                _wire.Skip(type, end);
            }
        }
    }

    private void ReadTensor(long end, bool isMainInitializer)
    {
        var tensor = OnnxTensorReader.Read(_wire, end, isMainInitializer);
        if (tensor is null)
        {
            return;
        }

        _tensors.Add(tensor);
        if (_tensors.Count > MaxExternalTensors)
        {
            throw _wire.Bad($"the model has more than {MaxExternalTensors} tensors with external data");
        }
    }

    private void Bound(int depth)
    {
        if (depth > MaxDepth)
        {
            throw _wire.Bad($"the model is nested deeper than {MaxDepth} messages");
        }
    }
}
