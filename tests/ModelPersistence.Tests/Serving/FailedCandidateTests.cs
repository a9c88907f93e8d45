using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Serving;

/// <summary>An alias moves to a version that cannot serve.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FailedCandidateTests
{
    private readonly SwapScene _scene = new();

    private int Attempts => _scene.Log.Messages.Count(static message => message.StartsWith("Version 2.0.0 of add:latest cannot serve", StringComparison.Ordinal));

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task A_version_that_cannot_be_loaded_leaves_the_old_one_serving_and_shows(CancellationToken token)
    {
        await using var host = await ServeAndMoveToBrokenAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
            Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Ready));
            Assert.That(Degradations(host), Has.One.Contains("Version 2.0.0 of 'add:latest' cannot serve").And.One.Contains("1.0.0 serves instead"));
            Assert.That(Attempts, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task It_is_not_tried_again_while_nothing_has_changed(CancellationToken token)
    {
        await using var host = await ServeAndMoveToBrokenAsync(token);
        _scene.Clock.Advance(TimeSpan.FromMinutes(20));
        await Manager(host).RefreshAsync(Model, token);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That((Attempts, Degradations(host).Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task It_is_tried_again_when_the_aliases_have_a_new_revision(CancellationToken token)
    {
        await using var host = await ServeAndMoveToBrokenAsync(token);
        await _scene.PointAsync(V(1), "another");
        await Manager(host).RefreshAsync(Model, token);
        Assert.That((Attempts, Degradations(host).Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task It_is_tried_again_when_it_has_other_content(CancellationToken token)
    {
        await using var host = await ServeAndMoveToBrokenAsync(token);
        await using (SwapScene other = new())
        {
            await other.PublishAsync(2);
            Directory.Delete(Path.Combine(_scene.Volume, Model, "2.0.0"), recursive: true);
            Directory.Move(Path.Combine(other.Volume, Model, "2.0.0"), Path.Combine(_scene.Volume, Model, "2.0.0"));
        }

        await Manager(host).RefreshAsync(Model, token);
        Assert.That((await AnswerAsync(host, token), Attempts), Is.EqualTo((2f, 1)));
        Assert.That(Degradations(host), Is.Empty);
    }

    [Test]
    public async Task An_alias_that_turns_away_from_it_leaves_no_trace(CancellationToken token)
    {
        await using var host = await ServeAndMoveToBrokenAsync(token);
        await _scene.PublishAsync(3);
        await _scene.MoveAsync(host, V(3), token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(3f));
        Assert.That(Degradations(host), Is.Empty);
    }

    [Test]
    public async Task Bytes_that_are_not_what_the_manifest_says_leave_the_old_version_serving(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        await AnswerAsync(host, token);
        var file = Directory.EnumerateFiles(Path.Combine(_scene.Volume, Model, "2.0.0"), "model.onnx", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file, token);
        bytes[^100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, token);
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        Assert.That(Degradations(host), Has.One.Contains("Version 2.0.0 of 'add:latest' cannot serve"));
    }

    [Test]
    public async Task Bytes_that_turn_out_wrong_behind_the_load_are_what_is_told(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.HostOver(m => m.AddBakedIn(_scene.Volume));
        await AnswerAsync(host, token);
        var file = Directory.EnumerateFiles(Path.Combine(_scene.Volume, Model, "2.0.0"), "model.onnx", SearchOption.AllDirectories).Single();
        TestModels.Add(3).Save(file);
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        Assert.That(Degradations(host), Has.One.Contains("cannot serve").And.One.Contains("model.onnx").And.None.Contains("memory"));
    }

    [Test]
    public async Task An_alias_to_a_version_that_is_not_there_waits_for_it(CancellationToken token)
    {
        InMemoryStorageProvider remote = new("remote");
        remote.Publish(Model, "1.0.0", TestModels.Add(1).ToArray());
        await using var host = _scene.HostOver(m => m.AddProvider("remote", _ => remote));
        await AnswerAsync(host, token);
        remote.SetAlias(Model, "latest", "2.0.0");
        await Manager(host).RefreshAsync(Model, token);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        Assert.That(Degradations(host), Has.Some.Contains("Version 2.0.0 of 'add:latest' cannot serve"));

        remote.Publish(Model, "2.0.0", TestModels.Add(2).ToArray());
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
        Assert.That(Degradations(host), Is.Empty);
    }

    [Test]
    public async Task What_may_pass_is_tried_again_after_a_while_and_after_twice_the_while(CancellationToken token)
    {
        var (host, remote) = await ServeRemoteAsync(token);
        await using var disposed = host;
        remote.OnManifest = static _ => throw new ModelStorageException("remote", "The network is away.", isTransient: true);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        Assert.That(Degradations(host), Has.One.Contains("The network is away"));

        // A second, and then two, each with a quarter more or less.
        _scene.Clock.Advance(TimeSpan.FromSeconds(0.74));
        Assert.That(Attempts, Is.EqualTo(1));
        _scene.Clock.Advance(TimeSpan.FromSeconds(0.52));
        await UntilAsync(host, () => Attempts == 2, token);
        await UntilAsync(host, () => Degradations(host).Count == 1, token);
        var asked = remote.Manifests;
        _scene.Clock.Advance(TimeSpan.FromSeconds(1.24));
        Assert.That(remote.Manifests, Is.EqualTo(asked));
        remote.OnManifest = null;
        _scene.Clock.Advance(TimeSpan.FromSeconds(1.3));
        await UntilAsync(host, () => host.Status.Models.Single().Version == V(2), token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
        Assert.That(Degradations(host), Is.Empty);
    }

    [Test]
    public async Task While_the_origin_is_down_what_serves_goes_on_and_shows_and_recovers(CancellationToken token)
    {
        var (host, remote) = await ServeRemoteAsync(token);
        await using var disposed = host;
        remote.OnAliases = static () => throw new ModelStorageException("remote", "The network is away.", isTransient: true);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        Assert.That(Degradations(host), Has.One.Contains("remote"));

        remote.OnAliases = null;
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
        Assert.That(Degradations(host), Is.Empty);
    }

    private async Task<TestHost> ServeAndMoveToBrokenAsync(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await _scene.PublishAsync(2, Unloadable);
        var host = _scene.Host();
        await AnswerAsync(host, token);
        await _scene.MoveAsync(host, V(2), token);
        return host;
    }

    /// <summary>Version 1.0.0 serves, and the origin names 2.0.0 by now.</summary>
    private async Task<(TestHost Host, HookedProvider Remote)> ServeRemoteAsync(CancellationToken token)
    {
        InMemoryStorageProvider memory = new("remote");
        memory.Publish(Model, "1.0.0", TestModels.Add(1).ToArray());
        HookedProvider remote = new(memory);
        var host = _scene.HostOver(m => m.AddProvider("remote", _ => remote));
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        memory.Publish(Model, "2.0.0", TestModels.Add(2).ToArray());
        return (host, remote);
    }
}
