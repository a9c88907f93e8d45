using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Serving;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Telemetry;

/// <summary>What a listener sees of a host that loads, runs, swaps and fails.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ModelMetricsTests
{
    private readonly SwapScene _scene = new();

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task Runs_are_counted_by_outcome_and_those_that_gave_outputs_are_timed(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = _scene.Host();
        using RecordedMetrics metrics = new(host);
        using (var lease = await host.Models.GetAsync(Model, token))
        {
            Run(lease);
            Run(lease);
            Assert.Throws<OnnxRuntimeException>(() => lease.Run(("x", new float[3], [1, 3])));
            lease.Report(TimeSpan.FromSeconds(2), new InvalidOperationException());
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics.Sum(ModelTelemetry.Inference, "model=add version=1.0.0 outcome=success"), Is.EqualTo(2));
            Assert.That(metrics.Sum(ModelTelemetry.Inference, "model=add version=1.0.0 outcome=rejected"), Is.EqualTo(1));
            Assert.That(metrics.Sum(ModelTelemetry.Inference, "model=add version=1.0.0 outcome=error"), Is.EqualTo(1));
            Assert.That(metrics.Of(ModelTelemetry.InferenceLatency).Select(static measurement => measurement.Tags), Is.All.EqualTo("model=add version=1.0.0"));
            Assert.That(metrics.Of(ModelTelemetry.InferenceLatency), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task The_steps_of_a_load_are_those_of_its_timeline(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        using TemporaryFolder folder = new();
        await using TestHost host = new(folder["cache"], m => m.AddSharedVolume(_scene.Volume).AddModel(Model));
        using RecordedMetrics metrics = new(host);
        await host.StartAsync(token);
        await host.SettledAsync(token);

        var timeline = host.Status.Models.Single().Timeline!;
        var provider = timeline.Steps[0].Detail;
        foreach (var steps in timeline.Steps.GroupBy(static step => step.Phase))
        {
            Assert.That(
                metrics.Sum(ModelTelemetry.LoadDuration, $"model=add storage_provider={provider} execution_provider=Cpu phase={PhaseNames.Tag(steps.Key)}"),
                Is.EqualTo(steps.Sum(static step => step.Duration.TotalSeconds)).Within(1e-9), steps.Key.ToString());
        }

        Assert.That(
            metrics.Sum(ModelTelemetry.LoadDuration, $"model=add storage_provider={provider} execution_provider=Cpu phase=total"),
            Is.EqualTo(timeline.TimeToReady!.Value.TotalSeconds).Within(1e-9));
    }

    [Test]
    public async Task A_warm_up_is_timed_as_a_whole_and_run_by_run(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        using TemporaryFolder folder = new();
        await using TestHost host = new(folder["cache"], m => m.AddSharedVolume(_scene.Volume).AddModel(Model, model => model.Warmup(iterations: 7)));
        using RecordedMetrics metrics = new(host);
        await host.StartAsync(token);
        await host.SettledAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics.Of(ModelTelemetry.WarmupInference).Select(static measurement => measurement.Tags), Is.EqualTo(Enumerable.Repeat("model=add", 7)));
            Assert.That(metrics.Of(ModelTelemetry.WarmupDuration), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task Swaps_are_counted_by_how_they_ended(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host(o => o.AutomaticRollback = false);
        using RecordedMetrics metrics = new(host);
        (await host.Models.GetAsync(Model, token)).Dispose();
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(metrics.Sum(ModelTelemetry.Swap, "model=add outcome=swapped"), Is.EqualTo(1));

        await _scene.PublishAsync(3, Unloadable);
        await _scene.MoveAsync(host, V(3), token);
        await UntilAsync(host, () => Degradations(host).Count > 0, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics.Sum(ModelTelemetry.Swap, "model=add outcome=failed"), Is.EqualTo(1));
            Assert.That(metrics.Sum(ModelTelemetry.LoadFailures, "model=add kind=load"), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_name_that_nobody_registered_adds_no_tag(CancellationToken token)
    {
        await using var host = _scene.Host();
        using RecordedMetrics metrics = new(host);
        for (var i = 0; i < 5; i++)
        {
            var name = $"made-up-{i}";
            Assert.ThrowsAsync<ModelNotFoundException>(async () => await host.Models.GetAsync(name, token));
        }

        Assert.That(metrics.Of(ModelTelemetry.LoadFailures).Select(static measurement => measurement.Tags).Distinct(), Is.EqualTo(["model=other kind=not_found"]));
    }

    [Test]
    public async Task Bytes_are_counted_as_brought_once_and_found_after(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        InMemoryStorageProvider remote = new();
        remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        for (var start = 0; start < 2; start++)
        {
            await using var host = new TestHost(folder["cache"], m => m.AddProvider("remote", _ => remote).AddModel("add"), o => o.Prepare = false);
            using RecordedMetrics metrics = new(host);
            (await host.Models.GetAsync("add", token)).Dispose();
            var asked = metrics.Of(ModelTelemetry.CacheRequests).Single();
            if (start == 0)
            {
                Assert.That(asked.Tags, Is.EqualTo("storage_provider=memory outcome=miss"));
                Assert.That(metrics.Sum(ModelTelemetry.DownloadIO, "model=add storage_provider=memory kind=remote"), Is.EqualTo(TestModels.Add(1).ToArray().Length));
                Assert.That(metrics.Of(ModelTelemetry.DownloadDuration).Single().Tags, Is.EqualTo("model=add storage_provider=memory"));
            }
            else
            {
                Assert.That(asked.Tags, Does.EndWith("outcome=hit"));
                Assert.That(metrics.Of(ModelTelemetry.DownloadIO), Is.Empty);
            }
        }
    }

    [Test]
    public async Task Wrong_bytes_are_counted_against_who_sent_them(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        InMemoryStorageProvider remote = new();
        remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        FaultyStorageProvider liar = new(remote);
        liar.CorruptStreams(times: 1000);
        await using var host = new TestHost(folder["cache"], m => m.AddProvider("liar", _ => liar).AddModel("add"));
        using RecordedMetrics metrics = new(host);
        Assert.ThrowsAsync<ModelIntegrityException>(async () => await host.Models.GetAsync("add", token));
        Assert.That(metrics.Sum(ModelTelemetry.IntegrityFailures, "model=add storage_provider=memory"), Is.GreaterThan(1));
        Assert.That(metrics.Sum(ModelTelemetry.LoadFailures, "model=add kind=integrity"), Is.EqualTo(1));
    }

    [Test]
    public async Task Nothing_is_measured_that_nobody_wants(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = _scene.Host();
        using var lease = await host.Models.GetAsync(Model, token);
        var served = Served(host).All().Single();
        Assert.That(served.BeginRun(), Is.Not.Null, "rollback is on");
        using ServingContext quiet = new(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeSpan.FromMinutes(1)) { MeasuresRuns = false };
        ServedModel unmeasured = new("m", V(1), null, new LoadRecorder(TimeProvider.System, 0), quiet);
        Assert.That(unmeasured.BeginRun(), Is.Null);
    }
}
