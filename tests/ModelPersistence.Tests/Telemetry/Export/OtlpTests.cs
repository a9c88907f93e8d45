using ModelPersistence.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>What OpenTelemetry's own exporter sends of a host.</summary>
[CancelAfter(120_000)]
internal sealed class OtlpTests
{
    [Test]
    public async Task Every_instrument_and_the_spans_of_loads_reach_a_collector(CancellationToken token)
    {
        await using var collector = await OtlpReceiver.StartAsync();

        // Before the host, as in a host: what happens while nobody listens is told to nobody.
        using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter(ModelTelemetry.MeterName).AddOtlpExporter(o => Point(o, "v1/metrics")).Build();
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource(ModelTelemetry.ActivitySourceName).AddOtlpExporter(o => Point(o, "v1/traces")).Build();
        await using InstrumentScene scene = new();
        await scene.PlayAsync(token);
        Assert.That(metrics.ForceFlush() && traces.ForceFlush());

        Assert.That(collector.Metrics, Is.SupersetOf(Instruments.All));
        using (Assert.EnterMultipleScope())
        {
            var open = collector.Spans.Where(static span => span.Name == ModelTelemetry.OpenSpan).ToList();
            var steps = open.Select(span => collector.Spans.Where(step => step.Parent == span.Id && step.Trace == span.Trace).Select(static step => step.Name).ToHashSet()).ToList();
            Assert.That(steps, Has.Some.SupersetOf(new[] { "model.resolve", "model.load", "model.warm" }));
            Assert.That(steps, Has.Some.SupersetOf(new[] { "model.resolve", "model.fetch", "model.load" }));
        }

        void Point(OtlpExporterOptions options, string path) => (options.Endpoint, options.Protocol) = (new Uri(collector.Address, path), OtlpExportProtocol.HttpProtobuf);
    }
}
