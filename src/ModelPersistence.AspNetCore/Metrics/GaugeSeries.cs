namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>What was observed for this scrape.</summary>
internal sealed class GaugeSeries(byte[] labels) : MetricSeries(labels)
{
    private double _value;

    public override void Record(double value) => _value = value;

    public override void Write(ExpositionWriter writer, MetricName name) => writer.Sample(name.Sample, "", Labels, _value);
}
