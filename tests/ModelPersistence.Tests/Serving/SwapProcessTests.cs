using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>Two hosts, as processes, on one volume; one of them is killed while it swaps.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SwapProcessTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Loading beside what serves; checked and warmed but not published; published while the version before drains.</summary>
    [Test]
    public async Task A_host_killed_while_it_swaps_takes_nothing_from_the_other(
        [Values("Session", "ModelSettled", "Swapped")] string phase, [Values] bool oneCache, CancellationToken token)
    {
        Directory.CreateDirectory(_folder["volume"]);
        await using var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["volume"]));
        await publisher.Repository.PublishAsync(Model(1), "add", ModelVersion.Parse("1.0.0"), cancellationToken: token);

        using var other = Serve("other", oneCache);
        await other.ExpectAsync("serves 1.0.0 1", token);
        using var killed = Serve("killed", oneCache, "--stop", phase);
        await killed.ExpectAsync("serves 1.0.0 1", token);
        await AskAsync(other, "hold", "1.0.0 1", token);
        await AskAsync(killed, "hold", "1.0.0 1", token);

        await publisher.Repository.PublishAsync(Model(2), "add", ModelVersion.Parse("2.0.0"), cancellationToken: token);
        await killed.ExpectAsync("reached", token);
        await killed.KillAsync(token);

        await AskAsync(other, "refresh", "2.0.0 2", token);
        Assert.That(await CleanAsync(token), Does.Contain("add/1.0.0=InUse").And.Not.Contain("add/2.0.0=Removed"));
        await AskAsync(other, "held", "1.0.0 1", token);
        await AskAsync(other, "run", "2.0.0 2", token);

        // What was left behind is in nobody's way: a host that begins anew has the version at once.
        using var next = Serve("killed", oneCache);
        await next.ExpectAsync("serves 2.0.0 2", token);
    }

    private static async Task AskAsync(WorkerProcess host, string line, string answer, CancellationToken token)
    {
        host.Say(line);
        await host.ExpectAsync($"{line} {answer}", token);
    }

    private WorkerProcess Serve(string name, bool oneCache, params string[] more) =>
        new(["serve", "--volume", _folder["volume"], "--cache", _folder[oneCache ? "cache" : $"cache-{name}"], .. more]);

    private async Task<string> CleanAsync(CancellationToken token)
    {
        using WorkerProcess cleaner = new("clean-up", "--max-bytes", "0", "--cache", _folder["cache-cleaner"], "--volume", _folder["volume"]);
        return await cleaner.ExpectAsync("done", token);
    }

    private string Model(int version)
    {
        Directory.CreateDirectory(_folder[$"v{version}"]);
        TestModels.Add(version).Save(_folder[$"v{version}/model.onnx"]);
        return _folder[$"v{version}"];
    }
}
