namespace ModelPersistence.Tests.Worker;

/// <summary>Options of a verb: <c>--name value</c>, or <c>--name</c> alone for a switch.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public string this[string name] => _values.TryGetValue(name, out var value) ? value : throw new ArgumentException($"--{name} is missing.");

    public static Options Parse(ReadOnlySpan<string> arguments)
    {
        Options options = new();
        for (var i = 0; i < arguments.Length; i++)
        {
            var isSwitch = i + 1 == arguments.Length || arguments[i + 1].StartsWith("--", StringComparison.Ordinal);
            options._values[arguments[i][2..]] = isSwitch ? "" : arguments[++i];
        }

        return options;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public long Number(string name, long otherwise) =>
        _values.TryGetValue(name, out var value) ? long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}
