using System.Diagnostics.Metrics;

namespace ModelPersistence.Telemetry;

/// <summary>
/// The instruments of a host. What nobody listens to costs a look at a field. Thread safe.
/// </summary>
internal sealed class ModelMetrics : IDisposable
{
    // A run takes from tens of microseconds to seconds, a load from a millisecond to minutes.
    private static readonly double[] RunBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] LoadBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private readonly Meter? _own;
    private readonly Counter<long> _inference;
    private readonly Histogram<double> _inferenceLatency;
    private readonly Histogram<double> _loadDuration;
    private readonly Counter<long> _loadFailures;
    private readonly Histogram<double> _warmupDuration;
    private readonly Histogram<double> _warmupInference;
    private readonly Counter<long> _cacheRequests;
    private readonly Counter<long> _downloadIO;
    private readonly Histogram<double> _downloadDuration;
    private readonly Counter<long> _swap;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _integrityFailures;

    /// <param name="factory">The host's factory of meters; without one the meter is this object's own.</param>
    public ModelMetrics(IMeterFactory? factory = null)
    {
        MeterOptions options = new(ModelTelemetry.MeterName) { Version = typeof(ModelMetrics).Assembly.GetName().Version?.ToString(3) };
        Meter = factory?.Create(options) ?? (_own = new Meter(options));
        _inference = Meter.CreateCounter<long>(ModelTelemetry.Inference, "{inference}", "Runs of models.");
        _inferenceLatency = Seconds(ModelTelemetry.InferenceLatency, "Time of runs that gave outputs.", RunBounds);
        _loadDuration = Seconds(ModelTelemetry.LoadDuration, "Time of the steps of loads that succeeded.", LoadBounds);
        _loadFailures = Meter.CreateCounter<long>(ModelTelemetry.LoadFailures, "{failure}", "Loads that failed.");
        _warmupDuration = Seconds(ModelTelemetry.WarmupDuration, "Time of whole warm-ups.", LoadBounds);
        _warmupInference = Seconds(ModelTelemetry.WarmupInference, "Time of the single runs of warm-ups.", RunBounds);
        _cacheRequests = Meter.CreateCounter<long>(ModelTelemetry.CacheRequests, "{request}", "Loads by whether their bytes were on this host.");
        _downloadIO = Meter.CreateCounter<long>(ModelTelemetry.DownloadIO, "By", "Bytes brought into the store.");
        _downloadDuration = Seconds(ModelTelemetry.DownloadDuration, "Time of whole downloads.", LoadBounds);
        _swap = Meter.CreateCounter<long>(ModelTelemetry.Swap, "{swap}", "Versions that were to replace others.");
        _evictions = Meter.CreateCounter<long>(ModelTelemetry.Evictions, "{eviction}", "What was unloaded or deleted to make room.");
        _integrityFailures = Meter.CreateCounter<long>(ModelTelemetry.IntegrityFailures, "{failure}", "Bytes that were not what a manifest says.");
    }

    /// <summary>For instruments that observe what the host holds.</summary>
    public Meter Meter { get; }

    /// <summary>Whether somebody wants to know of runs.</summary>
    public bool WantsRuns => _inferenceLatency.Enabled || _inference.Enabled;

    public void RunEnded(RunTags tags, TimeSpan elapsed, bool succeeded, bool rejected)
    {
        if (_inference.Enabled)
        {
            _inference.Add(1, succeeded ? tags.Succeeded : rejected ? tags.Rejected : tags.Failed);
        }

        if (succeeded && _inferenceLatency.Enabled)
        {
            _inferenceLatency.Record(elapsed.TotalSeconds, tags.Version);
        }
    }

    public void LoadStep(string model, string storageProvider, string executionProvider, string phase, TimeSpan elapsed)
    {
        if (_loadDuration.Enabled)
        {
            _loadDuration.Record(
                elapsed.TotalSeconds,
                new(ModelTelemetry.ModelTag, model),
                new(ModelTelemetry.StorageProviderTag, storageProvider),
                new(ModelTelemetry.ExecutionProviderTag, executionProvider),
                new(ModelTelemetry.PhaseTag, phase));
        }
    }

    public void LoadFailed(string model, string kind) => _loadFailures.Add(1, new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.KindTag, kind));

    public void WarmedUp(string model, TimeSpan elapsed) => _warmupDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(ModelTelemetry.ModelTag, model));

    public void WarmupRan(string model, TimeSpan elapsed) => _warmupInference.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(ModelTelemetry.ModelTag, model));

    public void CacheAsked(string storageProvider, bool hit)
    {
        // The only one that is on the way of every start: an instrument that is told for the first time has its code compiled, listened to or not.
        if (_cacheRequests.Enabled)
        {
            _cacheRequests.Add(1, new(ModelTelemetry.StorageProviderTag, storageProvider), new(ModelTelemetry.OutcomeTag, hit ? "hit" : "miss"));
        }
    }

    public void Downloaded(string model, string storageProvider, long remote, long reused, TimeSpan elapsed)
    {
        KeyValuePair<string, object?> name = new(ModelTelemetry.ModelTag, model);
        KeyValuePair<string, object?> provider = new(ModelTelemetry.StorageProviderTag, storageProvider);
        _downloadIO.Add(remote, name, provider, new(ModelTelemetry.KindTag, "remote"));
        _downloadIO.Add(reused, name, provider, new(ModelTelemetry.KindTag, "reused"));
        _downloadDuration.Record(elapsed.TotalSeconds, name, provider);
    }

    public void Swapped(string model, string outcome) => _swap.Add(1, new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.OutcomeTag, outcome));

    public void Evicted(string model, string kind) => _evictions.Add(1, new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.KindTag, kind));

    public void EvictedFromDisk(int count) => _evictions.Add(count, new KeyValuePair<string, object?>(ModelTelemetry.KindTag, "disk"));

    public void IntegrityFailed(string model, string storageProvider) =>
        _integrityFailures.Add(1, new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.StorageProviderTag, storageProvider));

    // A factory disposes the meters it made.
    public void Dispose() => _own?.Dispose();

    private Histogram<double> Seconds(string name, string description, double[] bounds) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
