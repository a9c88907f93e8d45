using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.AspNetCore.Metrics;
using ModelPersistence.Telemetry;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore.Metrics;

/// <summary>A meter of a host of its own, and what a scraper of that host gets.</summary>
internal sealed class ScrapedMeter : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricsCollector _collector;

    public ScrapedMeter()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        _collector = new MetricsCollector(factory, Log);
        Meter = factory.Create(ModelTelemetry.MeterName);
    }

    public RecordingLogger Log { get; } = new();

    public Meter Meter { get; }

    public string Classic => Scrape(ExpositionFormat.Classic);

    public string OpenMetrics => Scrape(ExpositionFormat.OpenMetrics);

    public Histogram<double> Histogram(string name, params double[] bounds) =>
        Meter.CreateHistogram(name, "s", "Times.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    public void Dispose()
    {
        _collector.Dispose();
        _services.Dispose();
        Log.Dispose();
    }

    private string Scrape(ExpositionFormat format)
    {
        ArrayBufferWriter<byte> page = new();
        _collector.Write(page, format);
        return Encoding.UTF8.GetString(page.WrittenSpan);
    }
}
