namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>What a family is to Prometheus.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
