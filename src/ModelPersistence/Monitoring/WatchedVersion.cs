using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>One version, however often it was loaded: its minutes, its rates, its drift. Its owner holds the lock.</summary>
internal sealed class WatchedVersion(string model, ModelVersion version, AlertSettings settings, MonitorSettings monitor, TimeProvider clock)
{
    private readonly long[] _minute = RunCounts.Create();
    private readonly long[]? _steady = settings.Drift ? RunCounts.Create() : null;
    private readonly TrendRing? _ring = monitor.Trends ? new TrendRing() : null;
    private readonly RateWindow? _rates = settings.Enabled ? new RateWindow(clock, monitor.Window) : null;
    private readonly DriftDetector? _drift = settings.Drift ? new DriftDetector(monitor.MinShift) : null;

    public string Model => model;

    public ModelVersion Version => version;

    public AlertSettings Settings => settings;

    public DriftDetector? Drift => _drift;

    public List<VersionSource> Sources { get; } = [];

    /// <summary>Whether any run ended in the last 24 hours.</summary>
    public bool HasTrend => !_ring!.IsEmpty || !new TrendSlot(0, _minute).IsEmpty;

    /// <summary>The last minute in which it was loaded.</summary>
    public int LastSeen { get; set; }

    /// <summary>Takes in what has run since the last look.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    /// <param name="fresh">An array to work with.</param>
    public void Absorb(VersionSource source, long[] fresh)
    {
        var isSteady = source.TakeNew(fresh);
        Add(_minute, fresh);
        if (isSteady && _steady is not null)
        {
            Add(_steady, fresh);
        }

        if (_rates is not null)
        {
            var succeeded = RunCounts.Succeeded(fresh);
            var slow = isSteady && settings.MaxP95 is { } limit ? RunCounts.SlowerThan(fresh, limit) : 0;
            _rates.Add(new RateCounts(succeeded, fresh[RunCounts.Failed], isSteady ? succeeded : 0, slow));
        }
    }

    /// <summary>Ends a minute.</summary>
    public void Close(int minute)
    {
        _ring?.Add(new TrendSlot(minute, _minute));
        _ring?.Forget(minute);
        Array.Clear(_minute);
        if (_steady is not null && RunCounts.Succeeded(_steady) is var runs and >= DriftObservation.LeastRuns)
        {
            _drift!.Add(minute, DriftObservation.Of(_steady, runs));
            Array.Clear(_steady);
        }
    }

    public RateCounts Rates() => _rates!.Look();

    public ModelTrend Describe(int minute, int after)
    {
        List<TrendMinute> minutes = [];
        _ring!.CopyTo(minutes, after);
        TrendSlot current = new(minute, _minute);
        if (!current.IsEmpty && minute > after)
        {
            minutes.Add(current.Describe());
        }

        return new ModelTrend { Model = model, Version = version, IsLoaded = Sources.Count > 0, Minutes = minutes };
    }

    private static void Add(long[] sums, long[] fresh)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += fresh[i];
        }
    }
}
