namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>A sum.</summary>
internal sealed class CounterSeries(byte[] labels) : MetricSeries(labels)
{
    private double _sum;

    public override void Record(double value)
    {
        lock (Gate)
        {
            _sum += value;
        }
    }

    public override void Write(ExpositionWriter writer, MetricName name)
    {
        double sum;
        lock (Gate)
        {
            sum = _sum;
        }

        writer.Sample(name.Sample, "", Labels, sum);
    }
}
