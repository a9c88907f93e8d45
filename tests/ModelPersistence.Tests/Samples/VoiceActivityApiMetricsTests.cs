using System.Text;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;
using ModelPersistence.Tests.Telemetry.Export;

namespace ModelPersistence.Tests.Samples;

/// <summary>A real Prometheus over the sample VoiceActivityApi, both as processes of their own.</summary>
[CancelAfter(180_000)]
[Category(RealServer.Category)]
[Platform(Exclude = "Win")] // ended by a signal
internal sealed class VoiceActivityApiMetricsTests
{
    /// <summary>A query for every metric that the sample can be made to show, and what it must come to.</summary>
    private static readonly Dictionary<string, (string Query, double AtLeast)> Queries = new()
    {
        [ModelTelemetry.Inference] = ("sum(model_inference_total{model='vad',version='1.1.0',outcome='success'})", 5),
        [ModelTelemetry.InferenceLatency] = ("sum(model_inference_latency_seconds_count{model='vad',version='1.1.0'})", 5),
        [ModelTelemetry.MemoryUsage] = ("sum(model_memory_usage_bytes{model='vad',version='1.0.0'})", 1),
        [ModelTelemetry.HealthStatus] = ("max(model_health_status{model='vad'})", 0.5),
        [ModelTelemetry.LoadDuration] = ("sum(model_load_duration_seconds_count{model='vad',phase='total',storage_provider!='',execution_provider='Cpu'})", 2),
        [ModelTelemetry.LoadFailures] = ("sum(model_load_failures_total{model='absent'})", 1),
        [ModelTelemetry.WarmupDuration] = ("sum(model_warmup_duration_seconds_count{model='vad'})", 1),
        [ModelTelemetry.WarmupInference] = ("sum(model_warmup_inference_seconds_count{model='vad'})", 10),
        [ModelTelemetry.CacheRequests] = ("sum(model_cache_requests_total)", 1),
        [ModelTelemetry.Swap] = ("sum(model_swap_total{model='vad',outcome='swapped'})", 1),
        [ModelTelemetry.LeaseActive] = ("sum(model_lease_active{model='vad'})", 0),
        [ModelTelemetry.LeaseOldestAge] = ("max(model_lease_oldest_age_seconds{model='vad'})", 0),
        [ModelTelemetry.Evictions] = ("sum(model_evictions_total{model='vad',kind='idle'})", 1),
    };

    /// <summary>The sample's repository is a volume, from which nothing is downloaded, whose files it does not harm: PrometheusTests has these.</summary>
    private static readonly string[] NeverOfTheSample = [ModelTelemetry.DownloadIO, ModelTelemetry.DownloadDuration, ModelTelemetry.IntegrityFailures];

    [Test]
    public async Task Prometheus_answers_a_query_for_every_metric_of_the_sample(CancellationToken token)
    {
        Assert.That(Queries.Keys.Concat(NeverOfTheSample), Is.EquivalentTo(Instruments.All));
        RealServer.RequireProgram("prometheus");
        using TemporaryFolder folder = new();
        await VoiceActivityApiProcess.RunAsync(folder, token, "publish", Path.GetDirectoryName(TestModels.SileroVadV5)!);
        using var api = await VoiceActivityApiProcess.StartAsync(
            folder,
            token,
            ("ModelManagement__Models__1__Reference", "absent"),
            ("ModelManagement__RefreshInterval", "00:00:01"),
            ("ModelManagement__IdleTimeout", "00:00:01"));
        using var prometheus = await PrometheusProcess.StartAsync(api.Client.BaseAddress!, "/metrics/models", token);
        for (var i = 0; i < 5; i++)
        {
            await InferAsync(api.Client, "stable", token);
        }

        // A version that only a client has asked for rests soon.
        await InferAsync(api.Client, "1.0.0", token);
        await UntilAsync(prometheus, Queries[ModelTelemetry.Evictions].Query, 1, token);

        await VoiceActivityApiProcess.RunAsync(folder, token, "stable", "1.0.0");
        await UntilAsync(prometheus, "up{job='models'}", 1, token);
        foreach (var (_, (query, atLeast)) in Queries)
        {
            await UntilAsync(prometheus, query, atLeast, token);
        }

        await InferAsync(api.Client, "stable", token);
        await UntilAsync(prometheus, "sum(model_inference_total{model='vad',version='1.0.0',outcome='success'})", 2, token);
        Assert.That(await api.StopAsync(token), Is.Zero);
    }

    private static async Task InferAsync(HttpClient client, string version, CancellationToken token)
    {
        var window = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "samples", "VoiceActivityApi", "silence.json"), token);
        using var answer = await client.PostAsync($"v2/models/vad/versions/{version}/infer", new StringContent(window, Encoding.UTF8, "application/json"), token);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Until what was scraped last has it; the fixture's time bounds it.</summary>
    private static async Task UntilAsync(PrometheusProcess prometheus, string query, double atLeast, CancellationToken token)
    {
        IReadOnlyList<double> found = [];
        try
        {
            while (found is not [var one] || one < atLeast)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
                found = await prometheus.QueryAsync(query, token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{query} came to [{string.Join(", ", found)}], wanted is {atLeast} at least.");
        }
    }
}
