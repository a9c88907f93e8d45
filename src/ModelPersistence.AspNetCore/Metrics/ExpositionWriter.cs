using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>Writes families and samples in one of the formats.</summary>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    private readonly bool _openMetrics = format == ExpositionFormat.OpenMetrics;

    public void Family(MetricName name, string? help)
    {
        // OpenMetrics knows a counter by its name without the suffix.
        var family = _openMetrics ? name.Family : name.Sample;
        StringBuilder text = new();
        if (!string.IsNullOrEmpty(help))
        {
            text.Append("# HELP ").Append(family).Append(' ');
            LabelText.Escape(text, help, quotes: _openMetrics);
            text.Append('\n');
        }

        text.Append("# TYPE ").Append(family).Append(name.Kind switch
        {
            MetricKind.Counter => " counter\n",
            MetricKind.Gauge => " gauge\n",
            _ => " histogram\n",
        });
        if (_openMetrics && name.Unit is { } unit)
        {
            text.Append("# UNIT ").Append(family).Append(' ').Append(unit).Append('\n');
        }

        Text(text.ToString());
    }

    public void Sample(string name, string suffix, ReadOnlySpan<byte> labels, double value)
    {
        Text(name);
        Text(suffix);
        if (labels.Length > 0)
        {
            output.Write("{"u8);
            output.Write(labels);
            output.Write("}"u8);
        }

        End(value);
    }

    /// <summary>How many measurements were no greater than a bound.</summary>
    public void Bucket(string name, ReadOnlySpan<byte> labels, double bound, double count)
    {
        Text(name);
        output.Write("_bucket{"u8);
        if (labels.Length > 0)
        {
            output.Write(labels);
            output.Write(","u8);
        }

        output.Write("le=\""u8);
        Number(bound);
        if (_openMetrics && double.IsInteger(bound))
        {
            output.Write(".0"u8);
        }

        output.Write("\"}"u8);
        End(count);
    }

    public void End()
    {
        if (_openMetrics)
        {
            output.Write("# EOF\n"u8);
        }
    }

    private void End(double value)
    {
        output.Write(" "u8);
        Number(value);
        output.Write("\n"u8);
    }

    private void Number(double value)
    {
        if (!double.IsFinite(value))
        {
            output.Write(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }

        var span = output.GetSpan(32);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
