using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

/// <summary>Real hosts over a real repository, watched by their monitor; the clock stands still.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ModelMonitorTests
{
    private readonly SwapScene _scene = new();
    private readonly SinkScript _sink = new();

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task Runs_show_in_the_minute_in_which_they_ended(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched();
        for (var i = 0; i < 5; i++)
        {
            await SwapScene.AnswerAsync(host, token);
        }

        Assert.That(Monitor(host).Trends.Single().Minutes.Single().Count, Is.EqualTo(5), "The minute is not over.");
        _scene.Clock.Advance(TimeSpan.FromMinutes(1));
        await SwapScene.AnswerAsync(host, token);
        _scene.Clock.Advance(TimeSpan.FromMinutes(3));
        var trend = Monitor(host).Trends.Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That((trend.Model, trend.Version, trend.IsLoaded), Is.EqualTo(("add", SwapScene.V(1), true)));
        Assert.That(trend.Minutes.Select(static minute => (minute.Start.Minute, minute.Count)), Is.EqualTo(new[] { (0, 5L), (1, 1L) }));
    }

    [Test]
    public async Task Without_trends_there_are_none_and_alerts_all_the_same(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched(o => o.Trends = false);
        await FailAsync(host, 20, token);
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        using var all = Assert.EnterMultipleScope();
        Assert.That(Monitor(host).Trends, Is.Empty);
        Assert.That(Monitor(host).ActiveAlerts, Has.Exactly(1).Items);
    }

    [Test]
    public async Task Without_alerts_nothing_is_raised(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched(o => o.Alerts.Enabled = false);
        await FailAsync(host, 100, token);
        _scene.Clock.Advance(TimeSpan.FromMinutes(10));
        using var all = Assert.EnterMultipleScope();
        Assert.That(Monitor(host).ActiveAlerts, Is.Empty);
        Assert.That(Monitor(host).Trends.Single().Minutes.Single().Errors, Is.EqualTo(100));
    }

    [Test]
    public async Task Failing_requests_are_told_to_the_sinks_and_so_is_their_end(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched();
        await FailAsync(host, 20, token);
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        await _sink.UntilAsync(static sink => sink.Taken.Count == 1, token);
        var raised = _sink.Taken.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((raised.Rule, raised.Model, raised.Version, raised.Severity), Is.EqualTo((AlertRule.ErrorRate, "add", SwapScene.V(1), AlertSeverity.Error)));
            Assert.That(Monitor(host).ActiveAlerts.Single(), Is.EqualTo(raised));
            Assert.That(_scene.Log.Messages, Has.One.Contains("Alert ErrorRate: 20 of 20 requests to model 'add:1.0.0'"));
        }

        _scene.Clock.Advance(TimeSpan.FromMinutes(7));
        await _sink.UntilAsync(static sink => sink.Taken.Count == 2, token);
        using var all = Assert.EnterMultipleScope();
        Assert.That(_sink.Taken[1].Id, Is.EqualTo(raised.Id));
        Assert.That(_sink.Taken[1].ResolvedAt, Is.Not.Null);
        Assert.That(Monitor(host).ActiveAlerts, Is.Empty);
    }

    [Test]
    public async Task A_model_without_alerts_raises_none(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched(models: m => m.AddSharedVolume(_scene.Volume).AddModel("add", model => model.WithoutAlerts()));
        await FailAsync(host, 100, token);
        _scene.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Monitor(host).ActiveAlerts, Is.Empty);
    }

    [Test]
    public async Task A_version_that_was_taken_back_is_an_alert_until_the_alias_moves(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2, 3);
        await using var host = Watched();
        await SwapScene.AnswerAsync(host, token);

        // A version that is gone back to must have come to its last tier, which waits for requests to go first.
        _scene.Clock.Advance(TimeSpan.FromSeconds(5));
        await SwapScene.UntilAsync(host, () => host.Status.Models.Single().Settled, token);
        await _scene.MoveAsync(host, SwapScene.V(2), token);
        await FailAsync(host, 100, token);
        await SwapScene.UntilAsync(host, () => host.Status.Models.Single().Version == SwapScene.V(1), token);
        await _sink.UntilAsync(static sink => sink.Taken.Any(static alert => alert.Rule == AlertRule.Rollback), token);
        var alert = Monitor(host).ActiveAlerts.Single(static alert => alert.Rule == AlertRule.Rollback);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((alert.Model, alert.Version), Is.EqualTo(("add", SwapScene.V(2))));
            Assert.That(alert.Message, Does.Contain("was taken back").And.Contain("serves"));
        }

        await _scene.MoveAsync(host, SwapScene.V(3), token);
        _scene.Clock.Advance(AlertBook.ResolveAfter + TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts.Where(static alert => alert.Rule == AlertRule.Rollback), Is.Empty);
    }

    [Test]
    public async Task A_version_that_cannot_be_loaded_is_an_alert_while_another_serves(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await _scene.PublishAsync(SwapScene.V(2), SwapScene.Unloadable);
        await using var host = Watched();
        await SwapScene.AnswerAsync(host, token);
        await _scene.MoveAsync(host, SwapScene.V(2), token);
        await _sink.UntilAsync(static sink => sink.Taken.Count == 1, token);
        var alert = _sink.Taken.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((alert.Rule, alert.Severity, alert.Version), Is.EqualTo((AlertRule.LoadFailure, AlertSeverity.Warning, SwapScene.V(2))));
            Assert.That(alert.Message, Does.Contain("NoSuchOperator").And.Contain("1.0.0 serves instead"));
        }

        await _scene.MoveAsync(host, SwapScene.V(1), token);
        _scene.Clock.Advance(AlertBook.ResolveAfter + TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts, Is.Empty);
    }

    [Test]
    public async Task A_critical_model_that_does_not_serve_is_a_critical_alert(CancellationToken token)
    {
        await _scene.PublishAsync(SwapScene.V(1), SwapScene.Unloadable);
        await _scene.PointAsync(SwapScene.V(1));
        await using var host = Watched(models: m => m.AddSharedVolume(_scene.Volume).AddModel("add", model => model.Critical()));
        Assert.That(async () => await host.Models.GetAsync("add", token), Throws.InstanceOf<ModelLoadException>());
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts.Single(), Has.Property("Rule").EqualTo(AlertRule.LoadFailure).And.Property("Severity").EqualTo(AlertSeverity.Critical));
    }

    [Test]
    public async Task A_model_without_alerts_may_fail_to_load_without_one(CancellationToken token)
    {
        await _scene.PublishAsync(SwapScene.V(1), SwapScene.Unloadable);
        await _scene.PointAsync(SwapScene.V(1));
        await using var host = Watched(models: m => m.AddSharedVolume(_scene.Volume).AddModel("add", model => model.Critical().WithoutAlerts()));
        Assert.That(async () => await host.Models.GetAsync("add", token), Throws.InstanceOf<ModelLoadException>());
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts, Is.Empty);
    }

    [Test]
    public async Task Wrong_bytes_are_told_of_at_once(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        var file = Directory.EnumerateFiles(_scene.Volume, "model.onnx", SearchOption.AllDirectories).Single();
        await using (var stream = File.OpenWrite(file))
        {
            stream.Position = stream.Length / 2;
            stream.WriteByte(0xEE);
        }

        await using var host = Watched();
        var changes = host.Status.FollowAsync(token).GetAsyncEnumerator(token);
        Assert.That(async () => await host.Models.GetAsync("add", token), Throws.InstanceOf<ModelIntegrityException>());
        do
        {
            Assert.That(await changes.MoveNextAsync(), Is.True);
        }
        while (changes.Current.Kind != ModelChangeKind.IntegrityFailed);

        await _sink.UntilAsync(static sink => sink.Taken.Count > 0, token);
        using var all = Assert.EnterMultipleScope();
        Assert.That((changes.Current.Subject, changes.Current.Version), Is.EqualTo(("add:1.0.0", SwapScene.V(1))));
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts, Has.Exactly(1).Items, "What was heard of and what is seen are one thing.");
        Assert.That(_sink.Taken[0], Has.Property("Rule").EqualTo(AlertRule.Integrity).And.Property("Severity").EqualTo(AlertSeverity.Critical).And.Property("Model").EqualTo("add"));
        await changes.DisposeAsync();
    }

    [Test]
    public async Task A_load_that_memory_refuses_is_an_alert(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = Watched(o => o.MemoryBudgetBytes = 1);
        Assert.That(async () => await host.Models.GetAsync("add", token), Throws.InstanceOf<ModelMemoryException>());
        _scene.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Monitor(host).ActiveAlerts.Single(static alert => alert.Rule == AlertRule.Memory).Message, Does.Contain("MemoryBudgetBytes"));
    }

    private static IModelMonitor Monitor(TestHost host) => host.Services.GetRequiredService<IModelMonitor>();

    private static async Task FailAsync(TestHost host, int times, CancellationToken token)
    {
        for (var i = 0; i < times; i++)
        {
            using var lease = await host.Models.GetAsync("add", token);
            lease.Report(TimeSpan.FromMilliseconds(1), new InvalidOperationException("The kernel failed."));
        }
    }

    private TestHost Watched(Action<ModelManagementOptions>? options = null, Action<IModelManagementBuilder>? models = null)
    {
        var host = _scene.HostOver(models ?? (m => m.AddSharedVolume(_scene.Volume)), options, services => services.AddSingleton<IAlertSink>(_sink));
        host.Services.GetRequiredService<ModelMonitor>().Begin();
        return host;
    }
}
