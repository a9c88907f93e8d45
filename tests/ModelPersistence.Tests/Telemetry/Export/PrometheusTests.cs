using System.Diagnostics;
using ModelPersistence.Telemetry;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>The metrics endpoint against the program it is for.</summary>
[CancelAfter(120_000)]
[Category(RealServer.Category)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PrometheusTests
{
    /// <summary>A query for every instrument, and what it must answer at the end of the scene.</summary>
    private static readonly Dictionary<string, (string Query, double AtLeast)> Queries = new()
    {
        [ModelTelemetry.Inference] = ("sum(model_inference_total{model='add',version='1.0.0',outcome='success'})", 1),
        [ModelTelemetry.InferenceLatency] = ("sum(model_inference_latency_seconds_count{model='add',version='1.0.0'})", 1),
        [ModelTelemetry.MemoryUsage] = ("sum(model_memory_usage_bytes{model='add',kind='private'})", 1),
        [ModelTelemetry.HealthStatus] = ("max(model_health_status{model='add'})", 0.5),
        [ModelTelemetry.LoadDuration] = ("sum(model_load_duration_seconds_count{model='add',phase='total',execution_provider='Cpu',storage_provider!=''})", 1),
        [ModelTelemetry.LoadFailures] = ("sum(model_load_failures_total{model='forged',kind='integrity'})", 1),
        [ModelTelemetry.WarmupDuration] = ("sum(model_warmup_duration_seconds_count{model='add'})", 1),
        [ModelTelemetry.WarmupInference] = ("sum(model_warmup_inference_seconds_count{model='add'})", 3),
        [ModelTelemetry.CacheRequests] = ("sum(model_cache_requests_total{outcome='hit'}) / sum(model_cache_requests_total)", 0.01),
        [ModelTelemetry.DownloadIO] = ("sum(model_download_io_bytes_total{model='fetched',kind='remote'})", 1),
        [ModelTelemetry.DownloadDuration] = ("sum(model_download_duration_seconds_count{model='fetched'})", 1),
        [ModelTelemetry.Swap] = ("count(model_swap_total{model='add',outcome=~'swapped|failed'})", 2),
        [ModelTelemetry.LeaseActive] = ("sum(model_lease_active{model='add'})", 1),
        [ModelTelemetry.LeaseOldestAge] = ("max(model_lease_oldest_age_seconds{model='add'})", 0),
        [ModelTelemetry.Evictions] = ("sum(model_evictions_total{model='fetched',kind='idle'})", 1),
        [ModelTelemetry.IntegrityFailures] = ("sum(model_integrity_failures_total{model='forged',storage_provider='memory'})", 1),
    };

    private readonly InstrumentScene _scene = new();

    [TearDown]
    public async Task EndScene() => await _scene.DisposeAsync();

    [Test]
    public async Task Prometheus_answers_a_query_for_every_instrument(CancellationToken token)
    {
        Assert.That(Queries.Keys, Is.EquivalentTo(Instruments.All));
        RealServer.RequireProgram("prometheus");
        await _scene.PlayAsync(token);
        using var prometheus = await PrometheusProcess.StartAsync(_scene.Address, "/metrics/models", token);
        await _scene.AskedAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await prometheus.QueryAsync("up{job='models'}", token), Is.EqualTo(new[] { 1.0 }));
            foreach (var (instrument, (query, atLeast)) in Queries)
            {
                Assert.That(await prometheus.QueryAsync(query, token), Has.Count.EqualTo(1).And.All.GreaterThanOrEqualTo(atLeast), $"{instrument}: {query}");
            }

            Assert.That(
                await prometheus.QueryAsync("histogram_quantile(0.95, sum by (le) (model_inference_latency_seconds_bucket{model='add'}))", token),
                Has.Count.EqualTo(1).And.All.Positive.And.All.LessThan(10));
        }
    }

    [Test]
    public async Task Promtool_finds_no_fault_with_the_metrics(CancellationToken token)
    {
        var program = RealServer.RequireProgram("promtool");
        await _scene.PlayAsync(token);
        using HttpClient client = new();
        var metrics = await client.GetStringAsync(new Uri(_scene.Address, "/metrics/models"), token);
        ProcessStartInfo start = new(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("check");
        start.ArgumentList.Add("metrics");
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(metrics.AsMemory(), token);
        process.StandardInput.Close();
        var found = await process.StandardError.ReadToEndAsync(token) + await process.StandardOutput.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        Assert.That((process.ExitCode, found), Is.EqualTo((0, "")), metrics);
    }
}
