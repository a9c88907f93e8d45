namespace ModelPersistence.Runtime;

/// <summary>Reads the head of one tensor and skips its values.</summary>
internal static class OnnxTensorReader
{
    private const int MaxDimensions = 64;
    private const int MaxEntries = 64;

    /// <summary>Null when the tensor says nothing about external data.</summary>
    public static ExternalTensor? Read(WireReader wire, long end, bool isMainInitializer)
    {
        List<long> shape = [];
        List<KeyValuePair<string, string>> entries = [];
        var name = "";
        var elementType = 0;
        ulong dataLocation = 0;
        while (wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (1, 0): Add(wire, shape, (long)wire.ReadVarint(end)); break;
                case (1, 2): ReadPacked(wire, wire.ReadEnd(end), shape); break;
                case (2, 0): elementType = (int)Math.Min(wire.ReadVarint(end), int.MaxValue); break;
                case (8, 2): name = wire.ReadText(end); break;
                case (13, 2) when entries.Count < MaxEntries: entries.Add(ReadEntry(wire, wire.ReadEnd(end))); break;
                case (13, 2): throw wire.Bad($"a tensor has more than {MaxEntries} external data entries");
                case (14, 0): dataLocation = wire.ReadVarint(end); break;
                default: wire.Skip(type, end); break;
            }
        }

        return entries.Count == 0 && dataLocation == 0
            ? null
            : new ExternalTensor { Name = name, Type = elementType, Shape = shape, IsMainInitializer = isMainInitializer, Entries = entries };
    }

    private static void ReadPacked(WireReader wire, long end, List<long> shape)
    {
        while (wire.Position < end)
        {
            Add(wire, shape, (long)wire.ReadVarint(end));
        }
    }

    private static void Add(WireReader wire, List<long> shape, long dimension)
    {
        if (shape.Count == MaxDimensions)
        {
            throw wire.Bad($"a tensor has more than {MaxDimensions} dimensions");
        }

        shape.Add(dimension);
    }

    private static KeyValuePair<string, string> ReadEntry(WireReader wire, long end)
    {
        string key = "", value = "";
        while (wire.TryReadTag(end, out var field, out var type))
        {
            switch (field, type)
            {
                case (1, 2): key = wire.ReadText(end); break;
                case (2, 2): value = wire.ReadText(end); break;
                default: wire.Skip(type, end); break;
            }
        }

        return new(key, value);
    }
}
