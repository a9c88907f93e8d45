using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>An alias moves while a host serves what it stood for.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RefreshTests
{
    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");

    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_publication_into_a_folder_is_seen_without_waiting_for_the_interval(CancellationToken token)
    {
        await using var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(Volume()));
        await publisher.Repository.PublishAsync(Model(1), "add", One, cancellationToken: token);
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume()), o => (o.RefreshInterval, o.Prepare) = (TimeSpan.FromDays(1), false));
        (await host.Models.GetAsync("add", token)).Dispose();
        await publisher.Repository.PublishAsync(Model(2), "add", Two, cancellationToken: token);
        await UntilAsync(host, Two, token);
    }

    [Test]
    public async Task A_far_origin_is_asked_after_each_interval_and_less_often_while_it_is_down(CancellationToken token)
    {
        ManualTimeProvider clock = new();
        InMemoryStorageProvider remote = new("remote");
        FaultyStorageProvider origin = new(remote);
        remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        await using var host = new TestHost(
            _folder["cache"], m => m.AddProvider("remote", _ => origin).AddModel("add", model => model.Warmup(iterations: 0)), o => (o.RefreshInterval, o.Prepare) = (TimeSpan.FromMinutes(1), false), services: s => s.AddSingleton<TimeProvider>(clock));
        (await host.Models.GetAsync("add", token)).Dispose();

        remote.Publish("add", "2.0.0", TestModels.Add(2).ToArray());
        while (host.Status.Models.Single().Version != Two)
        {
            token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        origin.FailNext(3);
        while (host.Status.Models.Single().Degradations.Count == 0)
        {
            token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("'remote' could not be asked"));
        (await host.Models.GetAsync("add", token)).Dispose();
        while (host.Status.Models.Single().Degradations.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }
    }

    [Test]
    public async Task With_no_interval_nothing_is_asked_until_somebody_says_so(CancellationToken token)
    {
        await using var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(Volume()));
        await publisher.Repository.PublishAsync(Model(1), "add", One, cancellationToken: token);
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume()), o => (o.RefreshInterval, o.Prepare) = (TimeSpan.Zero, false));
        (await host.Models.GetAsync("add", token)).Dispose();
        await publisher.Repository.PublishAsync(Model(2), "add", Two, cancellationToken: token);
        Assert.That(host.Services.GetRequiredService<AliasWatch>().WhenWatching.IsCompleted, Is.True, "nothing is watched");
        await host.Services.GetRequiredService<IModelManager>().RefreshAsync(cancellationToken: token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(Two));
    }

    [TestCase(true, 0.75)]
    [TestCase(false, 1.5)]
    public async Task The_interval_has_jitter_and_doubles_while_looks_come_to_nothing(bool succeeds, double least)
    {
        ManualTimeProvider clock = new();
        TaskCompletionSource looked = new();
        var looks = 0;
        using RefreshTimer timer = new(
            _ =>
            {
                if (++looks == 2)
                {
                    looked.SetResult();
                }

                return Task.FromResult(succeeds);
            },
            TimeSpan.FromMinutes(1), clock, CancellationToken.None);
        timer.Look();
        var begun = clock.GetUtcNow();
        while (!looked.Task.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        // The yields between two seconds let a few more pass than the timer waited for.
        Assert.That((clock.GetUtcNow() - begun).TotalMinutes, Is.GreaterThanOrEqualTo(least));
    }

    private string Volume()
    {
        Directory.CreateDirectory(_folder["volume"]);
        return _folder["volume"];
    }

    private string Model(int version)
    {
        Directory.CreateDirectory(_folder[$"v{version}"]);
        TestModels.Add(version).Save(_folder[$"v{version}/model.onnx"]);
        return _folder[$"v{version}"];
    }

    private static async Task UntilAsync(TestHost host, ModelVersion version, CancellationToken token)
    {
        while (host.Status.Models.Single().Version != version)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
