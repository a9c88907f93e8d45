using ModelPersistence.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The code of docs/telemetry.md.</summary>
internal sealed class TelemetrySnippets
{
    public static void Export()
    {
        // <telemetry>
        using var meters = Sdk.CreateMeterProviderBuilder().AddMeter(ModelTelemetry.MeterName).AddOtlpExporter().Build();
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource(ModelTelemetry.ActivitySourceName).AddOtlpExporter().Build();
        // </telemetry>
    }
}
