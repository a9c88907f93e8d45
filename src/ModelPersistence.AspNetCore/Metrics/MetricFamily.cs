using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>An instrument and its series. Thread safe, but what is observed is reset, recorded and written under the collector's lock.</summary>
internal sealed class MetricFamily
{
    /// <summary>The series of one instrument; whatever is beyond them is counted in one more.</summary>
    public const int MostSeries = 2000;

    private static readonly byte[] OverflowLabels = "overflow=\"true\""u8.ToArray();

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Tag[], MetricSeries> _series = new(TagComparer.Instance);
    private readonly ConcurrentDictionary<Tag[], MetricSeries>.AlternateLookup<ReadOnlySpan<Tag>> _byTags;
    private readonly List<MetricSeries> _inOrder = [];
    private readonly string? _help;
    private readonly double[] _bounds;
    private readonly ILogger _logger;
    private volatile MetricSeries? _overflow;
    private bool _overflowLogged;

    private MetricFamily(Instrument instrument, MetricKind kind, double[] bounds, ILogger logger)
    {
        (Name, _help, _bounds, _logger) = (MetricName.Of(instrument, kind), instrument.Description, bounds, logger);
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<Tag>>();
    }

    public MetricName Name { get; }

    /// <returns>Null for an instrument of a kind that this library has none of.</returns>
    public static MetricFamily? Of(Instrument instrument, ILogger logger) => instrument switch
    {
        Counter<long> or Counter<double> => new MetricFamily(instrument, MetricKind.Counter, [], logger),
        Histogram<double> histogram => new MetricFamily(instrument, MetricKind.Histogram, [.. histogram.Advice?.HistogramBucketBoundaries ?? []], logger),
        ObservableGauge<long> or ObservableGauge<double> => new MetricFamily(instrument, MetricKind.Gauge, [], logger),
        _ => null,
    };

    public void Record(double value, ReadOnlySpan<Tag> tags) => (_byTags.TryGetValue(tags, out var series) ? series : _overflow ?? Add(tags)).Record(value);

    /// <summary>Forgets what was observed, since what is gone is observed no more.</summary>
    public void BeginScrape()
    {
        if (Name.Kind == MetricKind.Gauge)
        {
            _series.Clear();
            _inOrder.Clear();
            _overflow = null;
        }
    }

    public void Write(ExpositionWriter writer)
    {
        MetricSeries[] series;
        lock (_gate)
        {
            series = [.. _inOrder];
        }

        if (series.Length > 0)
        {
            writer.Family(Name, _help);
        }

        foreach (var one in series)
        {
            one.Write(writer, Name);
        }
    }

    private MetricSeries Add(ReadOnlySpan<Tag> tags)
    {
        lock (_gate)
        {
            // Another thread may have been here between the look and the lock.
            if (_byTags.TryGetValue(tags, out var known))
            {
                return known;
            }

            if (_inOrder.Count >= MostSeries)
            {
                return _overflow ?? Overflow();
            }

            var series = Create(LabelText.Write(tags));
            _inOrder.Add(series);
            _byTags[tags] = series;
            return series;
        }
    }

    private MetricSeries Overflow()
    {
        var series = Create(OverflowLabels);
        _inOrder.Add(series);
        _overflow = series;
        if (!_overflowLogged)
        {
            _overflowLogged = true;
            AspNetCoreLog.TooManySeries(_logger, Name.Sample, MostSeries);
        }

        return series;
    }

    private MetricSeries Create(byte[] labels) => Name.Kind switch
    {
        MetricKind.Counter => new CounterSeries(labels),
        MetricKind.Gauge => new GaugeSeries(labels),
        _ => new HistogramSeries(labels, _bounds),
    };
}
