using System.Globalization;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>What one measured process said, and when the harness heard of its first output.</summary>
/// <param name="Process">Milliseconds from just before the process was started until it had printed that its first output is right.</param>
/// <param name="Figures">Everything it said, by name.</param>
internal sealed record Measurement(double Process, IReadOnlyDictionary<string, string> Figures)
{
    public double this[string name] => name == "process" ? Process : double.Parse(Text(name), CultureInfo.InvariantCulture);

    public string Text(string name) => Figures.TryGetValue(name, out var text) ? text : throw new KeyNotFoundException($"The process said nothing of '{name}'.");
}
