namespace ModelPersistence.Endpoint.Harness;

/// <summary>A server under load for a while.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="P99">The 99th percentile of their latency in milliseconds.</param>
/// <param name="Cpu">The processor time of the server in microseconds a request.</param>
/// <param name="Megabytes">The memory of the server afterwards.</param>
internal sealed record Window(double Rate, double P99, double Cpu, double Megabytes);
