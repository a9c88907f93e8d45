using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using ModelPersistence.Telemetry;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>Adds up what the instruments of one host measure from its making on. Thread safe.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly ILogger _logger;

    /// <param name="scope">The factory that makes the host's meters: other hosts of the process have instruments of the same names.</param>
    /// <param name="logger">Gets what goes wrong.</param>
    public MetricsCollector(IMeterFactory? scope, ILogger logger)
    {
        _logger = logger;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ModelTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, scope)
                && MetricFamily.Of(instrument, logger) is { } family)
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument.Name, family));
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Writes all families in the order of their names. One scrape at a time, since each observes the gauges anew.</summary>
    public void Write(IBufferWriter<byte> output, ExpositionFormat format)
    {
        ExpositionWriter writer = new(output, format);
        lock (_gate)
        {
            foreach (var family in _families.Values)
            {
                family.BeginScrape();
            }

            Observe();
            foreach (var family in _families.Values.OrderBy(static family => family.Name.Family, StringComparer.Ordinal))
            {
                family.Write(writer);
            }
        }

        writer.End();
    }

    public void Dispose() => _listener.Dispose();

    private void Observe()
    {
        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException e)
        {
            // The others have been observed all the same.
            AspNetCoreLog.GaugeFailed(_logger, e);
        }
    }
}
