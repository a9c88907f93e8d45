using System.Diagnostics.Metrics;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>The name of an instrument as exporters for Prometheus write it.</summary>
/// <param name="Family">The name without what counters end with.</param>
/// <param name="Unit">The unit that the name ends with; null for none.</param>
/// <param name="Kind">What it is.</param>
internal sealed record MetricName(string Family, string? Unit, MetricKind Kind)
{
    /// <summary>The name that stands before a value.</summary>
    public string Sample { get; } = Kind == MetricKind.Counter ? $"{Family}_total" : Family;

    public static MetricName Of(Instrument instrument, MetricKind kind)
    {
        var name = string.Create(instrument.Name.Length, instrument.Name, static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
            }
        });
        var unit = instrument.Unit switch
        {
            "s" => "seconds",
            "By" => "bytes",
            _ => null, // What stands in braces is for people.
        };
        return new MetricName(unit is null || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}", unit, kind);
    }
}
