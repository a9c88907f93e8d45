using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Tests.Support;

/// <summary>Listens to the instruments of one host, as an exporter does.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly List<Measurement> _all = [];

    public RecordedMetrics(TestHost host)
    {
        // Hosts of other tests have meters of the same name.
        var scope = host.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ModelTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                lock (_gate)
                {
                    Instruments.Add(instrument);
                }

                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>Everything that was recorded of an instrument.</summary>
    public IReadOnlyList<Measurement> Of(string instrument)
    {
        lock (_gate)
        {
            return [.. _all.Where(measurement => measurement.Instrument == instrument)];
        }
    }

    /// <summary>What was recorded of an instrument under tags, as <c>model=add outcome=success</c>.</summary>
    public double Sum(string instrument, string tags) => Of(instrument).Where(measurement => measurement.Tags == tags).Sum(static measurement => measurement.Value);

    /// <summary>What a gauge says now, by its tags.</summary>
    public IReadOnlyDictionary<string, double> Observe(string gauge)
    {
        lock (_gate)
        {
            _all.RemoveAll(measurement => measurement.Instrument == gauge);
        }

        _listener.RecordObservableInstruments();
        return Of(gauge).ToDictionary(static measurement => measurement.Tags, static measurement => measurement.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> texts = [];
        foreach (var (name, tag) in tags)
        {
            texts.Add($"{name}={tag}");
        }

        lock (_gate)
        {
            _all.Add(new Measurement(instrument.Name, value, string.Join(' ', texts)));
        }
    }

    public sealed record Measurement(string Instrument, double Value, string Tags);
}
