namespace ModelPersistence.Telemetry;

/// <summary>
/// The names under which this library is seen from outside. They are a promise, as the API is: dashboards and alerts are built on them.
/// </summary>
/// <remarks>Exporters for Prometheus write <c>model.inference.latency</c> in seconds as <c>model_inference_latency_seconds</c>, and add <c>_total</c> to counters.</remarks>
public static class ModelTelemetry
{
    /// <summary>The meter: <c>AddMeter(ModelTelemetry.MeterName)</c>.</summary>
    public const string MeterName = "ModelPersistence";

    /// <summary>The activity source: <c>AddSource(ModelTelemetry.ActivitySourceName)</c>.</summary>
    public const string ActivitySourceName = "ModelPersistence";

    /// <summary>Counter of runs, in <c>{inference}</c>; by model, version and outcome.</summary>
    public const string Inference = "model.inference";

    /// <summary>Histogram of the time of runs that gave outputs, in seconds; by model and version.</summary>
    public const string InferenceLatency = "model.inference.latency";

    /// <summary>Gauge of the memory a version takes, in bytes; by model, version and kind: <c>mapped</c> or <c>private</c>.</summary>
    public const string MemoryUsage = "model.memory.usage";

    /// <summary>Gauge of how a model is: 1 serves as it should, 0.5 serves degraded, 0 does not serve; by model and, while one serves, version.</summary>
    public const string HealthStatus = "model.health.status";

    /// <summary>Histogram of the steps of loads that succeeded, in seconds; by model, storage provider, execution provider and phase, of which <c>total</c> is the way to ready.</summary>
    public const string LoadDuration = "model.load.duration";

    /// <summary>Counter of loads that failed, in <c>{failure}</c>; by model and kind of failure.</summary>
    public const string LoadFailures = "model.load.failures";

    /// <summary>Histogram of whole warm-ups, in seconds; by model.</summary>
    public const string WarmupDuration = "model.warmup.duration";

    /// <summary>Histogram of the single runs of warm-ups, in seconds; by model.</summary>
    public const string WarmupInference = "model.warmup.inference";

    /// <summary>Counter of loads by whether their bytes were on this host, in <c>{request}</c>; by storage provider and outcome: <c>hit</c> or <c>miss</c>.</summary>
    public const string CacheRequests = "model.cache.requests";

    /// <summary>Counter of bytes brought into the store, in bytes; by model, storage provider and kind: <c>remote</c> or <c>reused</c>.</summary>
    public const string DownloadIO = "model.download.io";

    /// <summary>Histogram of whole downloads, in seconds; by model and storage provider.</summary>
    public const string DownloadDuration = "model.download.duration";

    /// <summary>Counter of versions that were to replace others, in <c>{swap}</c>; by model and outcome: <c>swapped</c>, <c>failed</c> or <c>rolled_back</c>.</summary>
    public const string Swap = "model.swap";

    /// <summary>Gauge of the leases that are out, in <c>{lease}</c>; by model and version.</summary>
    public const string LeaseActive = "model.lease.active";

    /// <summary>Gauge of the age of the oldest lease that is out, in seconds, to a second; by model and version.</summary>
    public const string LeaseOldestAge = "model.lease.oldest_age";

    /// <summary>Counter of what was unloaded or deleted to make room, in <c>{eviction}</c>; by kind: <c>memory</c>, <c>idle</c> or <c>disk</c>; the first two also by model.</summary>
    public const string Evictions = "model.evictions";

    /// <summary>Counter of bytes that were not what a manifest says, in <c>{failure}</c>; by model and storage provider.</summary>
    public const string IntegrityFailures = "model.integrity.failures";

    /// <summary>Tag: the model's name, without its version.</summary>
    public const string ModelTag = "model";

    /// <summary>Tag: the version; 0.0.0 for a file without a repository.</summary>
    public const string VersionTag = "version";

    /// <summary>Tag: how it ended.</summary>
    public const string OutcomeTag = "outcome";

    /// <summary>Tag: which of several kinds.</summary>
    public const string KindTag = "kind";

    /// <summary>Tag: a step of a load, as the last part of its span's name.</summary>
    public const string PhaseTag = "phase";

    /// <summary>Tag: the name of the storage provider the version came from.</summary>
    public const string StorageProviderTag = "storage_provider";

    /// <summary>Tag: the execution provider the session runs on; <c>Cpu</c> for the processor.</summary>
    public const string ExecutionProviderTag = "execution_provider";

    /// <summary>
    /// Span of a load up to its first run. Its children are the steps: <c>model.resolve</c>, <c>model.fetch</c>, <c>model.verify</c>,
    /// <c>model.prepare</c>, <c>model.load</c>, <c>model.warm</c> and the others of <see cref="Models.LoadPhase"/>.
    /// </summary>
    public const string OpenSpan = "model.open";
}
