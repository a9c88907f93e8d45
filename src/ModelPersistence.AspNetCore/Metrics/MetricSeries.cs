namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>One set of labels of a family. Thread safe.</summary>
internal abstract class MetricSeries(byte[] labels)
{
    protected byte[] Labels { get; } = labels;

    /// <summary>Held for a few instructions, so that what is read belongs together.</summary>
    protected Lock Gate { get; } = new();

    public abstract void Record(double value);

    public abstract void Write(ExpositionWriter writer, MetricName name);
}
