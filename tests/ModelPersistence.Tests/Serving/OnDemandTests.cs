using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>Models that are loaded when somebody asks for them, and unloaded when nobody does.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OnDemandTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    [SetUp]
    public void Save() => TestModels.Add().Save(_folder["add.onnx"]);

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_model_on_demand_is_loaded_by_its_first_request_and_not_by_the_start(CancellationToken token)
    {
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"], o => o.OnDemand()), o => o.Prepare = false);
        await host.Status.WaitForAsync(StartupPhase.FullyReady, token);
        Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Idle));
        (await host.Models.GetAsync("add", token)).Dispose();
        Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Ready));
    }

    [Test]
    public async Task It_is_unloaded_when_nobody_has_used_it_for_its_idle_timeout_and_loaded_again(CancellationToken token)
    {
        await using var host = Host();
        (await host.Models.GetAsync("add", token)).Dispose();
        _clock.Advance(Idle / 2);
        Assert.That(host.Models.TryGet("add", out var lease), Is.True);
        lease!.Dispose();
        _clock.Advance(Idle / 2);
        Assert.That(host.Models.TryGet("add", out lease), Is.True, "it was used meanwhile");
        var served = host.Services.GetRequiredService<ServedModels>().All().Single();
        lease!.Dispose();

        // The runs behind the start hold the session, too.
        await served.Settled.WaitAsync(token);
        _clock.Advance(Idle * 1.2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Models.TryGet("add", out _), Is.False);
            Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Idle));
        }

        await served.WithdrawAsync().WaitAsync(token);
        (await host.Models.GetAsync("add", token)).Dispose();
    }

    [Test]
    public async Task While_a_lease_is_out_it_is_not_idle(CancellationToken token)
    {
        await using var host = Host();
        using var lease = await host.Models.GetAsync("add", token);
        _clock.Advance(Idle * 3);
        Assert.That(host.Models.TryGet("add", out var other), Is.True);
        other!.Dispose();
    }

    [Test]
    public async Task Unloading_by_hand_takes_effect_at_once_and_leaves_the_leases_that_are_out(CancellationToken token)
    {
        await using var host = Host();
        var manager = host.Services.GetRequiredService<IModelManager>();
        using (var lease = await host.Models.GetAsync("add", token))
        {
            Assert.That(manager.Unload("add"), Is.True);
            Assert.That(host.Models.TryGet("add", out _), Is.False);
            lease.Run(("x", new float[1024], [1, 1024])).Dispose();
        }

        Assert.That(manager.Unload("add"), Is.False, "there is nothing left to unload");
        (await host.Models.GetAsync("add", token)).Dispose();
    }

    private TestHost Host() => new(
        _folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"], o => o.OnDemand(Idle)), o => o.Prepare = false, services: s => s.AddSingleton<TimeProvider>(_clock));
}
