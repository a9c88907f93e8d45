using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Serving;

/// <summary>An alias that is split over versions, as those see it who ask.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SplitServingTests
{
    private const int Keys = 400;

    private readonly SwapScene _scene = new();

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task Keys_are_shared_out_by_weight_and_stick_on_every_host(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await _scene.PointAsync(Split((1, 75), (2, 25)));
        await using var host = _scene.Host();
        await using var other = _scene.Host();
        var answers = await AnswersAsync(host, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await AnswersAsync(host, token), Is.EqualTo(answers));
            Assert.That(await AnswersAsync(other, token), Is.EqualTo(answers));
            Assert.That(answers.Distinct(), Is.SubsetOf(new[] { 1f, 2f }));

            // Five standard deviations of a share of 25% among 400.
            Assert.That(answers.Count(static answer => answer == 2f), Is.EqualTo(Keys / 4).Within(43));
            Assert.That(host.Status.Models.Single().Versions.Select(static version => (version.Version, version.Weight)), Is.EqualTo(new[] { (V(1), 75), (V(2), 25) }));
        }
    }

    [Test]
    public async Task Without_a_key_both_versions_answer(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await _scene.PointAsync(Split((1, 1), (2, 1)));
        await using var host = _scene.Host();
        HashSet<float> answers = [];
        while (answers.Count < 2)
        {
            token.ThrowIfCancellationRequested();
            answers.Add(await AnswerAsync(host, token));
        }

        Assert.That(answers, Is.EquivalentTo(new[] { 1f, 2f }));
    }

    [Test]
    public async Task An_alias_that_is_split_while_it_serves_takes_only_the_share_it_names(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        var session = await SessionAsync(host, token);
        await _scene.MoveAsync(host, Split((1, 50), (2, 50)), token);
        var before = await AnswersAsync(host, token);
        await _scene.MoveAsync(host, Split((1, 20), (2, 80)), token);
        var after = await AnswersAsync(host, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.Zip(after), Has.None.EqualTo((2f, 1f)), "only keys of the share that shrank have moved");
            Assert.That(after.Count(static answer => answer == 1f), Is.EqualTo(Keys / 5).Within(40));
            Assert.That(await SessionAsync(host, token, "add:1.0.0"), Is.SameAs(session), "the version that stayed was not loaded again");
        }

        await _scene.MoveAsync(host, V(2), token);
        Assert.That(await AnswersAsync(host, token), Has.All.EqualTo(2f));
    }

    [Test]
    public async Task A_version_that_cannot_be_loaded_gives_its_share_to_the_others_and_shows([Values] bool fromTheStart, CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await _scene.PublishAsync(3, Unloadable);
        var lame = Split((1, 40), (2, 40), (3, 20));
        if (fromTheStart)
        {
            await _scene.PointAsync(lame);
        }

        await using var host = _scene.Host();
        if (!fromTheStart)
        {
            await AnswerAsync(host, token);
            await _scene.MoveAsync(host, lame, token);
        }

        var answers = await AnswersAsync(host, token);
        Assert.That(answers.Distinct(), Is.SubsetOf(new[] { 1f, 2f }));
        Assert.That(answers.Count(static answer => answer == 1f), Is.EqualTo(Keys / 2).Within(50));
        Assert.That(Degradations(host), Has.One.Contains("Version 3.0.0 of 'add:latest' cannot serve"));

        await _scene.MoveAsync(host, Split((1, 40), (2, 60)), token);
        Assert.That(Degradations(host), Is.Empty);
    }

    [Test]
    public async Task A_version_that_recovers_gets_its_own_keys_back(CancellationToken token)
    {
        InMemoryStorageProvider memory = new("remote");
        memory.Publish(Model, "1.0.0", TestModels.Add(1).ToArray());
        memory.Publish(Model, "2.0.0", TestModels.Add(2).ToArray());
        memory.SetAlias(Model, "latest", Split((1, 50), (2, 50)));
        HookedProvider remote = new(memory);
        await using var whole = _scene.HostOver(m => m.AddProvider("remote", _ => memory));
        var expected = await AnswersAsync(whole, token);
        remote.OnManifest = static version =>
        {
            if (version == V(2))
            {
                throw new ModelStorageException("remote", "The network is away.", isTransient: true);
            }
        };
        await using var host = _scene.HostOver(m => m.AddProvider("remote", _ => remote));
        Assert.That(await AnswersAsync(host, token), Has.All.EqualTo(1f));
        Assert.That(Degradations(host), Has.One.Contains("Version 2.0.0 of 'add:latest' cannot serve"));

        remote.OnManifest = null;
        _scene.Clock.Advance(TimeSpan.FromSeconds(1.26));
        await UntilAsync(host, () => host.Status.Models.Single().Versions.Count == 2, token);
        Assert.That(Degradations(host), Is.Empty);
        Assert.That(await AnswersAsync(host, token), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_split_of_which_no_version_can_be_loaded_leaves_the_old_version_serving(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await _scene.PublishAsync(2, Unloadable);
        await _scene.PublishAsync(3, Unloadable);
        await using var host = _scene.Host();
        await AnswerAsync(host, token);
        await _scene.MoveAsync(host, Split((2, 50), (3, 50)), token);
        Assert.That(await AnswersAsync(host, token), Has.All.EqualTo(1f));
        Assert.That(Degradations(host), Has.Count.EqualTo(2));
    }

    private static async Task<float[]> AnswersAsync(TestHost host, CancellationToken token)
    {
        var answers = new float[Keys];
        for (var i = 0; i < Keys; i++)
        {
            using var lease = await host.Models.GetAsync(Model, $"user-{i}", token);
            answers[i] = Run(lease);
        }

        return answers;
    }
}
