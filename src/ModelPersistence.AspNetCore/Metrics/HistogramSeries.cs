namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>How many measurements lie between which bounds.</summary>
internal sealed class HistogramSeries(byte[] labels, double[] bounds) : MetricSeries(labels)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public override void Record(double value)
    {
        // One such value would make the sum useless for good.
        if (double.IsNaN(value))
        {
            return;
        }

        // A bound belongs to the bucket that it ends.
        var found = Array.BinarySearch(bounds, value);
        lock (Gate)
        {
            _counts[found < 0 ? ~found : found]++;
            _sum += value;
        }
    }

    public override void Write(ExpositionWriter writer, MetricName name)
    {
        long[] counts;
        double sum;
        lock (Gate)
        {
            (counts, sum) = ([.. _counts], _sum);
        }

        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            writer.Bucket(name.Sample, Labels, i < bounds.Length ? bounds[i] : double.PositiveInfinity, total);
        }

        writer.Sample(name.Sample, "_sum", Labels, sum);
        writer.Sample(name.Sample, "_count", Labels, total);
    }
}
