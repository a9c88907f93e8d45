using System.Text.RegularExpressions;
using ModelPersistence.AspNetCore.Metrics;
using ModelPersistence.Telemetry;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore.Metrics;

/// <summary>What is counted, and what counting costs.</summary>
[CancelAfter(60_000)]
internal sealed class MetricsCollectorTests
{
    [Test]
    public void The_instruments_of_other_hosts_and_other_meters_are_not_counted()
    {
        using ScrapedMeter one = new();
        using ScrapedMeter other = new();
        using System.Diagnostics.Metrics.Meter foreign = new(ModelTelemetry.MeterName);
        using System.Diagnostics.Metrics.Meter different = new("Else", null, null, one.Meter.Scope);
        one.Meter.CreateCounter<long>("model.swap").Add(1);
        other.Meter.CreateCounter<long>("model.swap").Add(10);
        foreign.CreateCounter<long>("model.swap").Add(100);
        different.CreateCounter<long>("model.swap").Add(1000);
        Assert.That(one.Classic, Is.EqualTo("# TYPE model_swap_total counter\nmodel_swap_total 1\n"));
    }

    [Test]
    public void Series_beyond_the_bound_are_counted_in_one_that_says_so()
    {
        using ScrapedMeter meter = new();
        var counter = meter.Meter.CreateCounter<long>("model.swap");
        for (var i = 0; i < MetricFamily.MostSeries + 50; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("model", $"m{i}"));
        }

        counter.Add(1, new KeyValuePair<string, object?>("model", "m0"));
        var page = meter.Classic;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(page.Split('\n').Count(static line => line.StartsWith("model_swap_total{", StringComparison.Ordinal)), Is.EqualTo(MetricFamily.MostSeries + 1));
            Assert.That(page, Does.Contain("model_swap_total{overflow=\"true\"} 50\n").And.Contain("model_swap_total{model=\"m0\"} 2\n"));
            Assert.That(meter.Log.Messages.Count(static message => message.Contains("more than 2000 series", StringComparison.Ordinal)), Is.EqualTo(1));
        }
    }

    [Test]
    public void A_gauge_is_bounded_at_every_scrape_anew()
    {
        using ScrapedMeter meter = new();
        var count = MetricFamily.MostSeries + 5;
        meter.Meter.CreateObservableGauge("model.z", () => Enumerable.Range(0, count)
            .Select(static i => new System.Diagnostics.Metrics.Measurement<long>(1, new KeyValuePair<string, object?>("model", i))));
        Assert.That(meter.Classic, Does.Contain("overflow"));
        count = 2;
        Assert.That(meter.Classic, Is.EqualTo("# TYPE model_z gauge\nmodel_z{model=\"0\"} 1\nmodel_z{model=\"1\"} 1\n"));
    }

    [Test]
    public void A_run_allocates_nothing_while_it_is_counted()
    {
        using ScrapedMeter meter = new();
        using ModelMetrics metrics = new((System.Diagnostics.Metrics.IMeterFactory)meter.Meter.Scope!);
        RunTags tags = new("add", "1.0.0");
        metrics.RunEnded(tags, TimeSpan.FromMilliseconds(1), succeeded: true, rejected: false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            metrics.RunEnded(tags, TimeSpan.FromMilliseconds(1), succeeded: true, rejected: false);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(meter.Classic, Does.Contain("model_inference_total{model=\"add\",version=\"1.0.0\",outcome=\"success\"} 1001\n"));
    }

    [Test]
    public async Task Scrapes_at_once_see_every_series_once_and_whole()
    {
        using ScrapedMeter meter = new();
        var times = meter.Histogram("model.load.duration", 1);
        meter.Meter.CreateObservableGauge("model.z", static () => Enumerable.Range(0, 50).Select(static i =>
        {
            // Lets another scrape in, if any can come in.
            Thread.Yield();
            return new System.Diagnostics.Metrics.Measurement<long>(i, new KeyValuePair<string, object?>("model", i));
        }));
        await Parallel.ForAsync(0, 200, (i, _) =>
        {
            times.Record(i % 2 * 2, new KeyValuePair<string, object?>("model", $"m{i % 8}"));
            var page = meter.Classic;
            var series = page.Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line[..line.IndexOf(' ', StringComparison.Ordinal)]).ToList();
            Assert.That(series, Is.Unique);
            Assert.That(series.Count(static name => name.StartsWith("model_z{", StringComparison.Ordinal)), Is.EqualTo(50));
            foreach (Match match in Regex.Matches(page, """le="\+Inf"} (\d+)\n.*_sum.*\n.*_count\{.*} (\d+)"""))
            {
                Assert.That(match.Groups[1].Value, Is.EqualTo(match.Groups[2].Value));
            }

            return ValueTask.CompletedTask;
        });
        Assert.That(Regex.Matches(meter.Classic, @"_count\{.*} (\d+)").Sum(static match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(200));
    }

    [Test]
    public async Task A_series_that_several_threads_begin_at_once_is_one()
    {
        using ScrapedMeter meter = new();
        using SlowValue value = new();
        var counter = meter.Meter.CreateCounter<long>("model.swap");
        var first = Task.Run(() => counter.Add(1, new KeyValuePair<string, object?>("model", value)));
        value.Begun.Wait();
        await Task.WhenAll(first, Task.Run(() => counter.Add(1, new KeyValuePair<string, object?>("model", value))));
        Assert.That(meter.Classic, Is.EqualTo("# TYPE model_swap_total counter\nmodel_swap_total{model=\"slow\"} 2\n"));
    }

    [TestCase(ModelTelemetry.Inference, "model_inference_total")]
    [TestCase(ModelTelemetry.InferenceLatency, "model_inference_latency_seconds")]
    [TestCase(ModelTelemetry.MemoryUsage, "model_memory_usage_bytes")]
    [TestCase(ModelTelemetry.HealthStatus, "model_health_status")]
    [TestCase(ModelTelemetry.LoadDuration, "model_load_duration_seconds")]
    [TestCase(ModelTelemetry.LoadFailures, "model_load_failures_total")]
    [TestCase(ModelTelemetry.WarmupDuration, "model_warmup_duration_seconds")]
    [TestCase(ModelTelemetry.WarmupInference, "model_warmup_inference_seconds")]
    [TestCase(ModelTelemetry.CacheRequests, "model_cache_requests_total")]
    [TestCase(ModelTelemetry.DownloadIO, "model_download_io_bytes_total")]
    [TestCase(ModelTelemetry.DownloadDuration, "model_download_duration_seconds")]
    [TestCase(ModelTelemetry.Swap, "model_swap_total")]
    [TestCase(ModelTelemetry.LeaseActive, "model_lease_active")]
    [TestCase(ModelTelemetry.LeaseOldestAge, "model_lease_oldest_age_seconds")]
    [TestCase(ModelTelemetry.Evictions, "model_evictions_total")]
    [TestCase(ModelTelemetry.IntegrityFailures, "model_integrity_failures_total")]
    public async Task Every_instrument_of_a_host_has_its_name(string instrument, string expected)
    {
        using TemporaryFolder folder = new();
        await using var host = await TestHost.StartedAsync(folder["cache"]);
        using RecordedMetrics metrics = new(host);
        var found = metrics.Instruments.Single(one => one.Name == instrument);
        Assert.That(MetricFamily.Of(found, new RecordingLogger())?.Name.Sample, Is.EqualTo(expected));
        Assert.That(metrics.Instruments, Has.Count.EqualTo(16), "a new instrument needs its line above");
    }

    /// <summary>Becomes text, as a series is made of it, only when it is looked for again.</summary>
    private sealed class SlowValue : IDisposable
    {
        private readonly ManualResetEventSlim _sought = new();

        public ManualResetEventSlim Begun { get; } = new();

        public override int GetHashCode()
        {
            if (Begun.IsSet)
            {
                _sought.Set();
            }

            return 1;
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override string ToString()
        {
            Begun.Set();
            _sought.Wait();
            return "slow";
        }

        public void Dispose()
        {
            Begun.Dispose();
            _sought.Dispose();
        }
    }
}
