namespace ModelPersistence.Runtime;

/// <summary>What must be known about a model before a runtime sees it, and about an artifact before it is published.</summary>
internal sealed record OnnxModelFacts
{
    /// <summary>The tensors that say anything about external data, wherever in the model they stand.</summary>
    public required IReadOnlyList<ExternalTensor> ExternalTensors { get; init; }

    /// <summary>Operator types as <c>domain::type</c>; the standard domain is written empty.</summary>
    public required IReadOnlySet<string> Operators { get; init; }

    /// <summary>Initializers of the main graph that only lookups read: a run needs a few of their rows, never the whole.</summary>
    public required IReadOnlySet<string> LookupTables { get; init; }
}

/// <summary>A tensor whose bytes lie outside the model's file.</summary>
internal sealed record ExternalTensor
{
    public required string Name { get; init; }

    /// <summary>The element type's number in the format.</summary>
    public required int Type { get; init; }

    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Whether it is an initializer of the main graph, which a session can be given from outside.</summary>
    public required bool IsMainInitializer { get; init; }

    /// <summary>All keys in the order in which they stand, known or not.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Entries { get; init; }

    public string? Location => Value("location");

    public string? Offset => Value("offset");

    public string? Length => Value("length");

    public IEnumerable<KeyValuePair<string, string>> Packed => Entries.Where(static entry => entry.Key.StartsWith("prepacked", StringComparison.Ordinal));

    private string? Value(string key)
    {
        foreach (var (name, value) in Entries)
        {
            if (name == key)
            {
                return value;
            }
        }

        return null;
    }
}
