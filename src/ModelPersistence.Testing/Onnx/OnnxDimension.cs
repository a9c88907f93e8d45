namespace ModelPersistence.Testing;

/// <summary>
/// One dimension of a declared shape: a number of elements, or a symbol such as <c>batch</c> for a size known only
/// when the model runs. Numbers and strings convert to it, so a shape is written <c>"batch", "sequence", 768</c>.
/// </summary>
/// <remarks>Immutable, hence safe for any number of threads.</remarks>
public readonly record struct OnnxDimension
{
    private OnnxDimension(long? value, string? symbol) => (Value, Symbol) = (value, symbol);

    /// <summary>A dimension with neither size nor name, as exporters write for a rank that is known alone.</summary>
    public static OnnxDimension Unknown => default;

    /// <summary>The number of elements, or null when the dimension is symbolic or unknown.</summary>
    public long? Value { get; }

    /// <summary>The symbol, or null when the dimension is a number or unknown.</summary>
    public string? Symbol { get; }

    /// <summary>A dimension of a fixed number of elements.</summary>
    /// <param name="value">The number of elements.</param>
    public static implicit operator OnnxDimension(long value) => new(value, null);

    /// <summary>A dimension known by name only.</summary>
    /// <param name="symbol">The symbol; equal symbols in one model stand for equal sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="symbol"/> is null or empty.</exception>
    public static implicit operator OnnxDimension(string symbol)
    {
        ArgumentException.ThrowIfNullOrEmpty(symbol);
        return new(null, symbol);
    }

    internal void Write(ProtoWriter dimension)
    {
        if (Value is { } value)
        {
            dimension.Int(1, value);
        }
        else if (Symbol is not null)
        {
            dimension.String(2, Symbol);
        }
    }
}
