using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Serving;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Diagnostics;

/// <summary>What a listener reads of a host at any moment.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ModelGaugesTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Memory_health_and_leases_are_those_of_the_status(CancellationToken token)
    {
        TestModels.Add(1).Save(_folder["good.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"]).AddModel("absent"), o => o.Prepare = false);
        await host.SettledAsync(token);
        using RecordedMetrics metrics = new(host);
        var version = host.Status.Models.Single(static model => model.Reference == "good:latest").Versions.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics.Observe(ModelTelemetry.HealthStatus), Is.EquivalentTo(new Dictionary<string, double> { ["model=good version=0.0.0"] = 1, ["model=absent"] = 0 }));
            Assert.That(metrics.Observe(ModelTelemetry.MemoryUsage)["model=good version=0.0.0 kind=private"], Is.EqualTo(version.PrivateBytes).And.Positive);
            Assert.That(metrics.Observe(ModelTelemetry.MemoryUsage)["model=good version=0.0.0 kind=mapped"], Is.EqualTo(version.MappedBytes));
            Assert.That(metrics.Observe(ModelTelemetry.LeaseActive)["model=good version=0.0.0"], Is.Zero);
        }

        using (await host.Models.GetAsync("good", token))
        using (await host.Models.GetAsync("good", token))
        {
            Assert.That(metrics.Observe(ModelTelemetry.LeaseActive)["model=good version=0.0.0"], Is.EqualTo(2));
        }

        Assert.That(metrics.Observe(ModelTelemetry.LeaseActive)["model=good version=0.0.0"], Is.Zero);
    }

    [Test]
    public async Task A_lease_on_a_version_that_was_withdrawn_and_loaded_anew_is_still_seen(CancellationToken token)
    {
        TestModels.Add(1).Save(_folder["good.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"]), o => o.Prepare = false);
        await host.SettledAsync(token);
        using RecordedMetrics metrics = new(host);
        using (await host.Models.GetAsync("good", token))
        {
            host.Services.GetRequiredService<IModelManager>().Unload("good");
            using var fresh = await host.Models.GetAsync("good", token);
            Assert.That(metrics.Observe(ModelTelemetry.LeaseActive)["model=good version=0.0.0"], Is.EqualTo(2));
        }
    }

    [Test]
    public async Task The_age_of_the_oldest_lease_grows_with_the_clock_and_ends_with_the_lease(CancellationToken token)
    {
        ManualTimeProvider clock = new();
        TestModels.Add(1).Save(_folder["good.onnx"]);
        await using TestHost host = new(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"]), services: s => s.AddSingleton<TimeProvider>(clock));
        await host.StartAsync(token);
        using RecordedMetrics metrics = new(host);
        using (await host.Models.GetAsync("good", token))
        {
            for (var second = 0; second < 40; second++)
            {
                (await host.Models.GetAsync("good", token)).Dispose();
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.That(Age(), Is.InRange(40, 41));
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Age(), Is.Zero);

        double Age() => metrics.Observe(ModelTelemetry.LeaseOldestAge)["model=good version=0.0.0"];
    }

    [Test]
    public async Task A_model_that_is_degraded_is_half_well(CancellationToken token)
    {
        TestModels.Add(1).Save(_folder["good.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("good", _folder["good.onnx"]));
        await host.SettledAsync(token);
        using RecordedMetrics metrics = new(host);
        host.Services.GetRequiredService<ServedModels>().All().Single().Degrade("It is not what it was.");
        Assert.That(metrics.Observe(ModelTelemetry.HealthStatus)["model=good version=0.0.0"], Is.EqualTo(0.5));
    }
}
