using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.Monitoring;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MonitoringServiceTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly CountingClock _clock = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Nothing_of_it_is_made_on_the_way_to_the_first_inference(CancellationToken token)
    {
        var made = 0;
        await using var host = Host();
        using MonitoringService service = new(Create, new ModelManagementOptions(), _clock);
        await service.StartAsync(token);
        _clock.Manual.Advance(MonitoringService.BeginAfter - TimeSpan.FromMilliseconds(1));
        Assert.That(made, Is.Zero);
        _clock.Manual.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(made, Is.EqualTo(1));
        _clock.Manual.Advance(TimeSpan.FromMinutes(5));
        await service.StopAsync(token);
        Assert.That(made, Is.EqualTo(1));

        ModelMonitor Create()
        {
            made++;
            return host.Services.GetRequiredService<ModelMonitor>();
        }
    }

    [TestCase(true, true, 1)]
    [TestCase(true, false, 1)]
    [TestCase(false, true, 1)]
    [TestCase(false, false, 0)]
    public async Task Without_trends_and_alerts_there_is_no_timer(bool trends, bool alerts, int timers, CancellationToken token)
    {
        using MonitoringService service = new(static () => throw new InvalidOperationException(), new ModelManagementOptions { Trends = trends, Alerts = { Enabled = alerts } }, _clock);
        await service.StartAsync(token);
        Assert.That(_clock.Timers, Is.EqualTo(timers));
        await service.StopAsync(token);
        Assert.That(_clock.Alive, Is.Zero);
    }

    [Test]
    public async Task A_host_that_stops_before_it_begins_never_begins(CancellationToken token)
    {
        using MonitoringService service = new(static () => throw new InvalidOperationException(), new ModelManagementOptions(), _clock);
        await service.StartAsync(token);
        await service.StopAsync(token);
        _clock.Manual.Advance(TimeSpan.FromMinutes(1));
    }

    [Test]
    public async Task A_host_that_is_disposed_without_a_stop_does_no_harm(CancellationToken token)
    {
        using MonitoringService service = new(static () => throw new ObjectDisposedException("IServiceProvider"), new ModelManagementOptions(), _clock);
        await service.StartAsync(token);
        Assert.That(() => _clock.Manual.Advance(TimeSpan.FromMinutes(1)), Throws.Nothing);
        await service.StopAsync(token);
    }

    [Test]
    public async Task After_a_stop_nobody_looks_any_more(CancellationToken token)
    {
        await using var host = Host();
        var monitor = host.Services.GetRequiredService<ModelMonitor>();
        var before = _clock.Alive;
        monitor.Begin();
        _clock.Manual.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_clock.Alive, Is.EqualTo(before + 1));
        await monitor.StopAsync(token);
        _clock.Manual.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_clock.Alive, Is.EqualTo(before));
    }

    [Test]
    public async Task Alerts_can_be_set_by_configuration_alone()
    {
        await using TestHost host = new(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Trends"] = "false",
            ["ModelManagement:Alerts:MaxErrorRate"] = "0.5",
            ["ModelManagement:Alerts:Drift:MinShift"] = "0.3",
            ["ModelManagement:Alerts:Webhook:Url"] = "https://host/hook",
            ["ModelManagement:Alerts:Webhook:Secret"] = "0123456789abcdef",
            ["ModelManagement:Models:0:Reference"] = "add",
            ["ModelManagement:Models:0:Alerts:MaxP95"] = "00:00:00.050",
            ["ModelManagement:Models:0:Alerts:Drift"] = "false",
        });
        var options = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value;
        using var all = Assert.EnterMultipleScope();
        Assert.That((options.Trends, options.Alerts.MaxErrorRate, options.Alerts.Drift.MinShift), Is.EqualTo((false, 0.5, 0.3)));
        Assert.That((options.Alerts.Webhook.Url?.Host, options.Alerts.Webhook.Secret), Is.EqualTo(("host", "0123456789abcdef")));
        Assert.That(AlertSettings.For("add", options), Is.EqualTo(new AlertSettings(true, 0.5, TimeSpan.FromMilliseconds(50), false)));
    }

    private TestHost Host() => new(_folder["cache"], services: services => services.AddSingleton<TimeProvider>(_clock));

    /// <summary>A manual clock that knows how many timers were made of it, and how many were not disposed.</summary>
    private sealed class CountingClock : TimeProvider
    {
        private int _timers;
        private int _alive;

        public ManualTimeProvider Manual { get; } = new();

        public int Timers => _timers;

        public int Alive => _alive;

        public override long TimestampFrequency => Manual.TimestampFrequency;

        public override long GetTimestamp() => Manual.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => Manual.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            Interlocked.Increment(ref _alive);
            return new CountedTimer(Manual.CreateTimer(callback, state, dueTime, period), this);
        }

        private sealed class CountedTimer(ITimer timer, CountingClock clock) : ITimer
        {
            private int _disposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _disposed, 1) == 0)
                {
                    Interlocked.Decrement(ref clock._alive);
                }

                timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
