using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ModelPersistence.Diagnostics;
using ModelPersistence.Models;
using ModelPersistence.Startup;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Diagnostics;

/// <summary>When a host should get requests, and what it says of its models.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ModelHealthTests
{
    private readonly TemporaryFolder _folder = new();

    [SetUp]
    public void SaveModel() => TestModels.Add(1).Save(_folder["good.onnx"]);

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_host_is_unhealthy_until_its_critical_models_have_served_and_healthy_from_then_on(CancellationToken token)
    {
        InMemoryStorageProvider memory = new();
        memory.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        FaultyStorageProvider provider = new(memory);
        provider.Hold();
        await using TestHost host = new(_folder["cache"], m => m.AddProvider("held", _ => provider).AddModel("add", model => model.Critical()), services: static s => s.AddHealthChecks());
        await host.StartAsync(token);
        var before = Check(host);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.Status, Is.EqualTo(HealthStatus.Unhealthy));
            Assert.That(before.Reasons, Has.One.StartsWith("Critical model 'add:latest' is not ready yet"));
            Assert.That((before.Warmup.Status, before.Warmup.WarmedUp), Is.EqualTo(("not_started", false)));
        }

        provider.Release();
        await host.SettledAsync(token);
        var after = Check(host);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((after.Status, after.Reasons), Is.EqualTo((HealthStatus.Healthy, Array.Empty<string>())));
            Assert.That(after.Models.LoadedModels, Is.EqualTo(["add:latest"]));
            Assert.That((after.Warmup.Status, after.Warmup.WarmedUp), Is.EqualTo(("completed", true)));
            Assert.That(after.Warmup.Performance.P95Milliseconds, Is.EqualTo(host.Status.Models.Single().Warmup!.P95.TotalMilliseconds));
        }
    }

    [Test]
    public async Task A_critical_model_that_cannot_be_loaded_makes_it_unhealthy_and_another_degraded(CancellationToken token)
    {
        await using (var host = await TestHost.StartedAsync(_folder["a"], m => m.AddModelFile("good", _folder["good.onnx"]).AddModel("absent", model => model.Critical())))
        {
            await UntilAsync(host, static report => report.Reasons.Any(static reason => reason.StartsWith("Critical model 'absent:latest' has not served yet: ", StringComparison.Ordinal)), token);
            Assert.That(Check(host).Status, Is.EqualTo(HealthStatus.Unhealthy));
        }

        await using (var host = await TestHost.StartedAsync(_folder["b"], m => m.AddModelFile("good", _folder["good.onnx"], model => model.Critical()).AddModel("absent")))
        {
            await host.Status.WaitForAsync(StartupPhase.FullyReady, token);
            Assert.That(Check(host).Status, Is.EqualTo(HealthStatus.Degraded));
        }
    }

    [Test]
    public async Task A_critical_model_that_has_served_and_does_not_any_more_leaves_the_host_degraded(CancellationToken token)
    {
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"], model => model.Critical()));
        await host.SettledAsync(token);
        var route = host.Services.GetRequiredService<ModelPersistence.Serving.RouteTable>().All.Single();
        route.Fail(new ModelStorageException("volume", "The volume is gone.", isTransient: true));
        Assert.That(Check(host).Status, Is.EqualTo(HealthStatus.Degraded));
    }

    [Test]
    public async Task A_start_that_takes_too_long_is_unhealthy_and_says_which_setting_it_broke(CancellationToken token)
    {
        ManualTimeProvider clock = new();
        FaultyStorageProvider provider = new(new InMemoryStorageProvider());
        provider.Hold();
        await using TestHost host = new(
            _folder["cache"],
            m => m.AddProvider("held", _ => provider).AddModel("slow", model => model.Critical()),
            o => o.StartupTimeout = TimeSpan.FromSeconds(30),
            services: s => s.AddSingleton<TimeProvider>(clock));
        await host.StartAsync(token);
        await UntilAsync(host, _ => host.Status.Phase >= StartupPhase.ModelsLoading, token);
        clock.Advance(TimeSpan.FromSeconds(31));
        await UntilAsync(host, static report => report.Reasons.Any(static reason => reason.Contains("StartupTimeout", StringComparison.Ordinal)), token);
        Assert.That(Check(host).Status, Is.EqualTo(HealthStatus.Unhealthy));
        provider.Release();
    }

    [Test]
    public async Task The_health_check_of_the_host_is_tagged_ready_and_carries_both_parts(CancellationToken token)
    {
        await using TestHost host = new(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"], model => model.Critical()), services: static s => s.AddHealthChecks());
        await host.StartAsync(token);
        await host.SettledAsync(token);
        var checks = host.Services.GetRequiredService<HealthCheckService>();
        var entry = (await checks.CheckHealthAsync(static check => check.Tags.Contains("ready"), token)).Entries["models"];
        var json = JsonSerializer.SerializeToElement(entry.Data);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry.Status, Is.EqualTo(HealthStatus.Healthy));
            Assert.That(json.GetProperty("ml_models").GetProperty("phase").GetString(), Is.EqualTo("FullyReady"));
            Assert.That(json.GetProperty("ml_models").GetProperty("models").GetProperty("good:latest").GetProperty("state").GetString(), Is.EqualTo("Ready"));
            Assert.That(json.GetProperty("model_warmup").GetProperty("performance").GetProperty("avg_inference_ms").GetDouble(), Is.Positive);
        }
    }

    private static ModelHealthReport Check(TestHost host) => host.Services.GetRequiredService<IModelHealth>().Check();

    private static async Task UntilAsync(TestHost host, Func<ModelHealthReport, bool> holds, CancellationToken token)
    {
        var context = host.Services.GetRequiredService<ModelPersistence.Serving.ServingContext>();
        while (true)
        {
            var change = context.NextChange;
            if (holds(Check(host)))
            {
                return;
            }

            await change.WaitAsync(token);
        }
    }
}
