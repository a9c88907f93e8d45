using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>References that come from requests, and lead nowhere, must not pile up.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UnknownNamesTests
{
    private const int Names = 50;

    private static readonly Sha256Digest Digest = Sha256Digest.Of("another"u8);

    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryStorageProvider _remote = new("remote");
    private readonly HookedProvider _hooked;

    public UnknownNamesTests()
    {
        _hooked = new HookedProvider(_remote);
        _remote.Publish("add", "1.0.0", TestModels.Add(1).ToArray());
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Names_that_cannot_be_looked_up_leave_nothing_behind([Values("name{0}", "name{0}:1.*", "name{0}:1.0.0", "add:1.0.{0}")] string spelling, CancellationToken token)
    {
        _hooked.OnAliases = _hooked.OnList = static () => throw new ModelStorageException("remote", "The network is away.", isTransient: true);
        _hooked.OnManifest = static _ => throw new ModelStorageException("remote", "The network is away.", isTransient: true);
        await using var host = Host();
        for (var i = 1; i <= Names; i++)
        {
            var name = string.Format(System.Globalization.CultureInfo.InvariantCulture, spelling, i);
            var asked = Enumerable.Range(0, 4).Select(_ => host.Models.GetAsync(name, token).AsTask()).ToList();
            foreach (var one in asked)
            {
                Assert.That(async () => await one, Throws.InstanceOf<ModelStorageException>());
            }
        }

        CheckKept(host, 0);
    }

    [Test]
    public async Task Digests_that_nobody_has_leave_nothing_behind(CancellationToken token)
    {
        await using var host = Host();
        Assert.That(async () => await host.Models.GetAsync($"add@{Digest}", token), Throws.InstanceOf<ModelIntegrityException>());
        CheckKept(host, 0);
    }

    [Test]
    public async Task What_nobody_waits_for_any_more_is_forgotten_when_its_load_comes_to_nothing(CancellationToken token)
    {
        using ManualResetEventSlim answers = new();
        _hooked.OnAliases = () =>
        {
            answers.Wait(token);
            throw new ModelStorageException("remote", "The network is away.", isTransient: true);
        };
        await using var host = Host();
        using CancellationTokenSource caller = new();
        var asked = host.Models.GetAsync("unknown", caller.Token).AsTask();
        await caller.CancelAsync();
        Assert.That(async () => await asked, Throws.InstanceOf<OperationCanceledException>());
        CheckKept(host, 1);
        answers.Set();
        await SwapScene.UntilAsync(host, () => host.Status.Models.Count == 0, token);
        CheckKept(host, 0);
    }

    [Test]
    public async Task A_provider_that_comes_and_goes_under_many_callers_leaves_one_route(CancellationToken token)
    {
        var calls = 0;
        _hooked.OnAliases = () =>
        {
            if (Interlocked.Increment(ref calls) % 3 != 0)
            {
                throw new ModelStorageException("remote", "The network is away.", isTransient: true);
            }
        };
        await using var host = Host();
        var callers = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            for (var round = 0; round < 50; round++)
            {
                try
                {
                    (await host.Models.GetAsync(i % 2 == 0 ? "add" : "add:latest", token)).Dispose();
                    return;
                }
                catch (ModelStorageException)
                {
                    // It was away; the next round asks again.
                    continue;
                }
            }
        }, token));
        await Task.WhenAll(callers);
        CheckKept(host, 1);
        Assert.That(host.Models.TryGet("add", out var lease), Is.True);
        lease!.Dispose();
    }

    private static void CheckKept(TestHost host, int routes)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Services.GetRequiredService<RouteTable>().All, Has.Count.EqualTo(routes));
            Assert.That(host.Services.GetRequiredService<RouteKeepers>().All, Has.Count.LessThanOrEqualTo(routes));
        }
    }

    private TestHost Host() => new(_folder["cache"], m => m.AddProvider("remote", _ => _hooked), o => (o.Prepare, o.RefreshInterval) = (false, TimeSpan.Zero));
}
