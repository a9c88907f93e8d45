using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A host serves version 1 of a model, then 2; the runs of 2 go badly.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RollbackServingTests
{
    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");

    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryStorageProvider _remote = new("remote");
    private readonly ManualTimeProvider _clock = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_version_whose_runs_fail_is_taken_back_once_and_shows(CancellationToken token)
    {
        await using var host = await SwappedAsync(token);
        var changes = host.Status.FollowAsync(token).GetAsyncEnumerator(token);
        await FailAsync(host, 100, token);
        await UntilAsync(host, One, token);

        while (await changes.MoveNextAsync() && changes.Current.Kind != ModelChangeKind.RolledBack)
        {
        }

        var change = changes.Current;
        await changes.DisposeAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((change.Version, change.Subject), Is.EqualTo((Two, "add:latest")));
            Assert.That(change.Reason, Does.Contain("Rollback:MaxErrorRate"));
            Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("2.0.0").And.One.Contains("Rollback:MaxErrorRate"));
        }

        // The version that was good is not taken back for the one that was bad.
        await FailAsync(host, 100, token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(One));
    }

    [Test]
    public async Task The_same_revision_does_not_bring_it_back_and_the_next_one_does(CancellationToken token)
    {
        await using var host = await SwappedAsync(token);
        await FailAsync(host, 100, token);
        await UntilAsync(host, One, token);
        var manager = host.Services.GetRequiredService<IModelManager>();
        await manager.RefreshAsync("add", token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(One));

        _remote.SetAlias("add", "other", "2.0.0");
        await manager.RefreshAsync("add", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Status.Models.Single().Version, Is.EqualTo(Two));
            Assert.That(host.Status.Models.Single().Degradations, Is.Empty);
        }
    }

    [Test]
    public async Task A_restart_does_not_try_it_again(CancellationToken token)
    {
        await using (var host = await SwappedAsync(token))
        {
            await FailAsync(host, 100, token);
            await UntilAsync(host, One, token);
            while ((await host.Services.GetRequiredService<RefusalMemory>().ReadAsync("add", token)).Count == 0)
            {
                await Task.Yield();
            }
        }

        await using var next = Host();
        using var lease = await next.Models.GetAsync("add", token);
        Assert.That(lease.Version, Is.EqualTo(One));
        Assert.That(next.Status.Models.Single().Degradations, Has.One.Contains("2.0.0 of 'add:latest' was turned back"));
    }

    [Test]
    public async Task After_the_window_a_version_counts_as_good(CancellationToken token)
    {
        await using var host = await SwappedAsync(token);
        _clock.Advance(TimeSpan.FromMinutes(11));
        await FailAsync(host, 100, token);
        await host.Services.GetRequiredService<IModelManager>().RefreshAsync("add", token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(Two));
    }

    [Test]
    public async Task A_host_without_automatic_rollback_keeps_the_bad_version(CancellationToken token)
    {
        await using var host = await SwappedAsync(token, o => o.AutomaticRollback = false);
        await FailAsync(host, 100, token);
        await host.Services.GetRequiredService<IModelManager>().RefreshAsync("add", token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(Two));
    }

    [Test]
    public async Task Errors_of_the_callers_never_count(CancellationToken token)
    {
        await using var host = await SwappedAsync(token);
        for (var i = 0; i < 100; i++)
        {
            using var lease = await host.Models.GetAsync("add", token);
            Assert.That(() => lease.Run(("x", new float[10], [1, 10])), Throws.Exception);
        }

        var entry = host.Status.Models.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry.Version, Is.EqualTo(Two));
            Assert.That((entry.Versions[0].Statistics.Errors, entry.Versions[0].Statistics.Rejected), Is.EqualTo((0L, 100L)));
        }
    }

    [Test]
    public async Task The_runs_of_each_version_of_a_split_are_told_apart(CancellationToken token)
    {
        _remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        _remote.Publish("add", "2.0.0", TestModels.Add(2).ToArray());
        _remote.SetAlias("add", "latest", AliasTarget.Split(new WeightedVersion(One, 50), new WeightedVersion(Two, 50)));
        await using var host = Host();
        var counts = new Dictionary<ModelVersion, long> { [One] = 0, [Two] = 0 };
        for (var i = 0; i < 50; i++)
        {
            using var lease = await host.Models.GetAsync("add", $"user-{i}", token);
            lease.Run(("x", new float[1024], [1, 1024])).Dispose();
            counts[lease.Version]++;
        }

        var versions = host.Status.Models.Single().Versions;
        Assert.That(versions.Select(static version => (version.Version, version.Weight, version.Statistics.Count)), Is.EqualTo(new[] { (One, 50, counts[One]), (Two, 50, counts[Two]) }));
    }

    private async Task<TestHost> SwappedAsync(CancellationToken token, Action<ModelManagementOptions>? options = null)
    {
        _remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
        var host = Host(options);
        (await host.Models.GetAsync("add", token)).Dispose();
        _remote.Publish("add", "2.0.0", TestModels.Add(2).ToArray());
        await host.Services.GetRequiredService<IModelManager>().RefreshAsync("add", token);
        Assert.That(host.Status.Models.Single().Version, Is.EqualTo(Two));
        return host;
    }

    private TestHost Host(Action<ModelManagementOptions>? options = null) => new(
        _folder["cache"], m => m.AddProvider("remote", _ => _remote).AddModel("add"), o =>
    {
        o.Prepare = false;
        options?.Invoke(o);
    }, services: s => s.AddSingleton<TimeProvider>(new HalfManualClock(_clock)));

    private static async Task FailAsync(TestHost host, int times, CancellationToken token)
    {
        for (var i = 0; i < times; i++)
        {
            using var lease = await host.Models.GetAsync("add", token);
            lease.Report(TimeSpan.FromMilliseconds(1), new InvalidOperationException("The kernel failed."));
        }
    }

    private static async Task UntilAsync(TestHost host, ModelVersion version, CancellationToken token)
    {
        while (host.Status.Models.Single().Version != version)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Windows of minutes are the test's to move; short delays on the way of a load pass by themselves.</summary>
    private sealed class HalfManualClock(ManualTimeProvider manual) : TimeProvider
    {
        public override long TimestampFrequency => manual.TimestampFrequency;

        public override long GetTimestamp() => manual.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => manual.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime < TimeSpan.FromMinutes(1) && dueTime >= TimeSpan.Zero ? System.CreateTimer(callback, state, dueTime, period) : manual.CreateTimer(callback, state, dueTime, period);
    }
}
