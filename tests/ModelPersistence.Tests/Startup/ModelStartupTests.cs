using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Startup;

[CancelAfter(60_000)]
internal sealed class ModelStartupTests
{
    private TemporaryFolder _folder = null!;
    private ManualTimeProvider _clock = null!;

    [SetUp]
    public void Prepare()
    {
        _folder = new TemporaryFolder();
        _clock = new ManualTimeProvider();
        TestModels.Add().Save(_folder["good.onnx"]);
        TestModels.UnknownOperator().Save(_folder["bad.onnx"]);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_host_that_is_not_started_is_at_its_first_phase()
    {
        await using var host = Create(m => m.AddModelFile("good", _folder["good.onnx"]));
        Assert.That(host.Status.Phase, Is.EqualTo(StartupPhase.Init));
    }

    [Test]
    public async Task A_start_that_waits_has_its_critical_models_ready(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("good", _folder["good.onnx"], o => o.Critical()), o => o.WaitFor = WaitFor.Critical);
        await host.StartAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Status.Phase, Is.GreaterThanOrEqualTo(StartupPhase.ModelsReady));
            Assert.That(host.Models.TryGet("good", out var lease), Is.True);
            lease?.Dispose();
        }
    }

    [Test]
    public async Task A_start_that_waits_fails_at_its_limit_and_says_which_model_and_why(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("bad", _folder["bad.onnx"], o => o.Critical()), o => o.WaitFor = WaitFor.Critical);
        var starting = host.StartAsync(token);
        await FailedAsync(host, token);
        _clock.Advance(TimeSpan.FromSeconds(300));
        Assert.That(
            async () => await starting,
            Throws.TypeOf<TimeoutException>().With.Message.Contains("StartupTimeout").And.Message.Contains("bad:latest").And.Message.Contains("bad.onnx"));
    }

    [Test]
    public async Task A_start_that_does_not_wait_shows_the_overdue_model_as_degraded(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("bad", _folder["bad.onnx"], o => o.Critical()));
        await host.StartAsync(token);
        await FailedAsync(host, token);
        _clock.Advance(TimeSpan.FromSeconds(300));
        Assert.That(host.Status.DegradedReasons, Has.Some.Contains("StartupTimeout"));
    }

    [Test]
    public async Task A_session_hook_that_uses_what_it_has_disposed_does_not_look_like_the_end_of_the_host(CancellationToken token)
    {
        var calls = 0;
        await using var host = Create(m => m.AddModelFile("good", _folder["good.onnx"], o => o.Critical().ConfigureSession("hook", "1", _ => ObjectDisposedException.ThrowIf(++calls == 1, typeof(HttpClient)))));
        await host.StartAsync(token);
        var ready = host.Status.WaitForAsync(StartupPhase.ModelsReady, token);
        while (!ready.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await ready;
        Assert.That(calls, Is.GreaterThan(1));
    }

    [Test]
    public async Task A_failed_load_is_tried_again_until_the_model_is_mended(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("bad", _folder["bad.onnx"], o => o.Critical()));
        await host.StartAsync(token);
        await FailedAsync(host, token);
        File.Move(_folder["good.onnx"], _folder["bad.onnx"], overwrite: true);
        var ready = host.Status.WaitForAsync(StartupPhase.ModelsReady, token);
        while (!ready.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Ready));
    }

    [Test]
    public async Task A_background_model_that_fails_does_not_hold_up_the_critical_one(CancellationToken token)
    {
        await using var host = Create(
            m => m.AddModelFile("bad", _folder["bad.onnx"]).AddModelFile("good", _folder["good.onnx"], o => o.Critical()),
            o => o.WaitFor = WaitFor.Critical);
        await host.StartAsync(token);
        Assert.That(host.Status.Phase, Is.GreaterThanOrEqualTo(StartupPhase.ModelsReady));
    }

    [Test]
    public async Task A_model_that_fails_does_not_keep_the_start_from_its_end_and_is_tried_again(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("bad", _folder["bad.onnx"]).AddModelFile("good", _folder["good.onnx"]), o => o.Prepare = false);
        await host.StartAsync(token);
        var settled = host.Status.WaitForAsync(StartupPhase.FullyReady, token);
        while (!settled.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.That(host.Status.Models.Single(static model => model.Reference == "bad:latest").Failure, Is.Not.Null);
        File.Move(_folder["good.onnx"], _folder["bad.onnx"], overwrite: true);
        while (host.Status.Models.Single(static model => model.Reference == "bad:latest").State != ModelState.Ready)
        {
            token.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    [Test]
    public async Task A_background_model_is_loaded_once_the_start_is_complete(CancellationToken token)
    {
        await using var host = Create(m => m.AddModelFile("later", _folder["good.onnx"], o => o.Background()), o => o.Prepare = false);
        List<(ModelChangeKind, string)> changes = [];
        await using var follower = host.Status.FollowAsync(token).GetAsyncEnumerator(token);
        await host.StartAsync(token);
        do
        {
            await follower.MoveNextAsync();
            changes.Add((follower.Current.Kind, follower.Current.Subject));
        }
        while (changes[^1].Item1 != ModelChangeKind.Ready);

        Assert.That(changes[^1].Item2, Is.EqualTo("later:latest"));
        Assert.That(changes, Does.Contain((ModelChangeKind.Phase, nameof(StartupPhase.FullyReady))));
    }

    [Test]
    public async Task A_lease_held_too_long_is_told_once_while_it_is_held(CancellationToken token)
    {
        var log = new RecordingLogger();
        await using var host = Create(
            m => m.AddModelFile("good", _folder["good.onnx"]), o => o.LeaseWarningAfter = TimeSpan.FromSeconds(5), services => services.AddSingleton<ILoggerFactory>(new LoggerFactory([log])));
        var lease = await host.Models.GetAsync("good", token);
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.That(Warnings(), Is.Zero);

        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.That(Warnings(), Is.EqualTo(1));
        lease.Dispose();
        (await host.Models.GetAsync("good", token)).Dispose();
        Assert.That(Warnings(), Is.EqualTo(1));

        int Warnings() => log.Messages.Count(static message => message.Contains("LeaseWarningAfter", StringComparison.Ordinal));
    }

    [Test]
    public async Task A_shutdown_that_waits_for_a_lease_says_for_which_model(CancellationToken token)
    {
        var log = new RecordingLogger();
        await using var host = Create(m => m.AddModelFile("good", _folder["good.onnx"]), services: services => services.AddSingleton<ILoggerFactory>(new LoggerFactory([log])));
        await host.StartAsync(token);
        var lease = await host.Models.GetAsync("good", token);
        var stopping = host.StopAsync(token);
        while (!log.Messages.Any(static message => message.Contains("leases on model good:0.0.0", StringComparison.Ordinal)))
        {
            token.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That(stopping.IsCompleted, Is.False);
        lease.Dispose();
        await stopping;
    }

    [TestCase(1, 0.0, 0.75)]
    [TestCase(1, 1.0, 1.25)]
    [TestCase(3, 0.5, 4.0)]
    [TestCase(50, 0.5, 60.0)]
    public void Retries_wait_longer_each_time_up_to_a_minute(int attempt, double random, double seconds) =>
        Assert.That(RetryDelays.After(attempt, random).TotalSeconds, Is.EqualTo(seconds).Within(1e-9));

    private static async Task FailedAsync(TestHost host, CancellationToken token)
    {
        var context = host.Services.GetRequiredService<ServingContext>();
        while (true)
        {
            var change = context.NextChange;
            if (host.Status.Models.Any(static model => model.State == ModelState.Failed))
            {
                return;
            }

            await change.WaitAsync(token);
        }
    }

    private TestHost Create(Action<IModelManagementBuilder> models, Action<ModelManagementOptions>? options = null, Action<IServiceCollection>? services = null) =>
        new(_folder["cache"], models, options, services: s =>
        {
            s.AddSingleton<TimeProvider>(_clock);
            services?.Invoke(s);
        });
}
