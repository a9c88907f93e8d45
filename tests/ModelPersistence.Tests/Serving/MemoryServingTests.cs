using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>More models than the budget holds.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MemoryServingTests
{
    // A session on the file of so small a model is estimated at 16 MiB and little; there is room for two.
    private const long RoomForTwo = 40L << 20;
    private const int Models = 6;

    private readonly TemporaryFolder _folder = new();

    [SetUp]
    public void Save()
    {
        for (var i = 0; i < Models; i++)
        {
            TestModels.Add(i).Save(_folder[$"m{i}.onnx"]);
        }
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task The_least_recently_used_idle_model_makes_way(CancellationToken token)
    {
        await using var host = Host();
        foreach (var model in new[] { "m0", "m1", "m2" })
        {
            (await host.Models.GetAsync(model, token)).Dispose();
        }

        Assert.That(Serving(host), Is.EquivalentTo(new[] { "m1:latest", "m2:latest" }).Or.EquivalentTo(new[] { "m0:latest", "m2:latest" }), "within a tick of the clock any of the two is the older one");
        using var again = await host.Models.GetAsync("m0", token);
        Assert.That(Serving(host), Does.Contain("m0:latest").And.Count.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task Critical_and_pinned_models_stay_and_the_refusal_says_so(CancellationToken token)
    {
        await using var host = Host(model => model.Critical(), model => model.Pinned());
        (await host.Models.GetAsync("m0", token)).Dispose();
        (await host.Models.GetAsync("m1", token)).Dispose();
        var refusal = Assert.ThrowsAsync<ModelMemoryException>(async () => await host.Models.GetAsync("m2", token));
        Assert.That(refusal!.Message, Does.Contain("m2").And.Contain("critical").And.Contain("pinned").And.Contain("MemoryBudgetBytes"));
        Assert.That(Serving(host), Is.EquivalentTo(new[] { "m0:latest", "m1:latest" }));
    }

    [Test]
    public async Task What_is_in_use_is_waited_for(CancellationToken token)
    {
        await using var host = Host();
        var first = await host.Models.GetAsync("m0", token);
        using var second = await host.Models.GetAsync("m1", token);
        var third = host.Models.GetAsync("m2", token).AsTask();
        Assert.That(third.IsCompleted, Is.False);
        first.Dispose();
        using var lease = await third;
        Assert.That(Serving(host), Is.EquivalentTo(new[] { "m1:latest", "m2:latest" }));
    }

    [Test]
    public async Task Without_patience_it_is_refused_at_once_and_may_be_tried_again(CancellationToken token)
    {
        await using var host = Host(options: o => o.MemoryTimeout = TimeSpan.Zero);
        using var first = await host.Models.GetAsync("m0", token);
        using var second = await host.Models.GetAsync("m1", token);
        var refusal = Assert.ThrowsAsync<ModelMemoryException>(async () => await host.Models.GetAsync("m2", token));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refusal!.IsTransient, Is.True);
            Assert.That(refusal.Message, Does.Contain("m0").And.Contain("m1"));
        }
    }

    [Test]
    public async Task Many_callers_of_more_models_than_fit_are_all_served_within_the_budget(CancellationToken token)
    {
        await using var host = Host();
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            Random random = new(caller);
            for (var i = 0; i < 20; i++)
            {
                var model = random.Next(Models);
                using var lease = await host.Models.GetAsync($"m{model}", token);
                using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
                Assert.That(outputs.Values<float>("y")[0], Is.EqualTo((float)model));
                Assert.That(host.Status.Models.SelectMany(static entry => entry.Versions).Sum(static version => version.PrivateBytes), Is.LessThanOrEqualTo(RoomForTwo));
            }
        }, token)).ToArray();
        await Task.WhenAll(callers);
    }

    private TestHost Host(Action<ModelRegistration>? first = null, Action<ModelRegistration>? second = null, Action<ModelManagementOptions>? options = null) => new(
        _folder["cache"],
        m =>
        {
            for (var i = 0; i < Models; i++)
            {
                m.AddModelFile($"m{i}", _folder[$"m{i}.onnx"], i switch { 0 => first, 1 => second, _ => null });
            }
        },
        o =>
        {
            (o.MemoryBudgetBytes, o.Prepare) = (RoomForTwo, false);
            options?.Invoke(o);
        });

    private static List<string> Serving(TestHost host) => [.. host.Status.Models.Where(static entry => entry.State == ModelState.Ready).Select(static entry => entry.Reference)];
}
