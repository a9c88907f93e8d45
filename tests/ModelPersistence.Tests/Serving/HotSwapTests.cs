using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Serving;

/// <summary>An alias moves while a host serves it.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HotSwapTests
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    private readonly SwapScene _scene = new();

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task A_lease_that_was_taken_before_a_swap_keeps_its_session_and_a_new_one_gets_the_new(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        var old = await host.Models.GetAsync(Model, token);
        var slot = Served(host).All().Single().Current!;
        await _scene.MoveAsync(host, V(2), token);
        using var fresh = await host.Models.GetAsync(Model, token);
        Assert.That((Run(old), Run(fresh)), Is.EqualTo((1f, 2f)));

        _scene.Clock.Advance(Linger);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(slot.TryAcquire(), Is.True, "only the lease holds it now");
            Assert.That(slot.Disposed.IsCompleted, Is.False);
            Assert.That(Run(old), Is.EqualTo(1f));
            Assert.That(Degradations(host), Is.Empty);
        }

        slot.Release();
        old.Dispose();
        await slot.Disposed.WaitAsync(token);
        Assert.That(Run(fresh), Is.EqualTo(2f));
    }

    [Test]
    public async Task An_alias_that_moves_back_while_the_version_lingers_finds_its_session(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        var first = await SessionAsync(host, token);
        await _scene.MoveAsync(host, V(2), token);
        _scene.Clock.Advance(Linger - TimeSpan.FromSeconds(1));
        await _scene.MoveAsync(host, V(1), token);
        Assert.That(await SessionAsync(host, token), Is.SameAs(first));

        // The time that was left when it came back must not end it now.
        _scene.Clock.Advance(Linger - TimeSpan.FromSeconds(1));
        Assert.That(await SessionAsync(host, token), Is.SameAs(first));
    }

    [Test]
    public async Task After_it_lingered_the_version_is_gone_and_is_loaded_anew(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        var first = await SessionAsync(host, token);
        var slot = Served(host).All().Single().Current!;
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(slot.Disposed.IsCompleted, Is.False);
        _scene.Clock.Advance(Linger);
        await slot.Disposed.WaitAsync(token);
        await UntilAsync(host, () => Served(host).All().Count == 1, token);
        await _scene.MoveAsync(host, V(1), token);
        Assert.That(await SessionAsync(host, token), Is.Not.SameAs(first));
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
    }

    [Test]
    public async Task Ten_moves_at_once_settle_on_the_last_and_leave_only_that(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2, 3);
        await using var host = _scene.Host(o => o.IdleTimeout = TimeSpan.FromDays(40));
        await AnswerAsync(host, token);
        List<Task> asked = [];
        for (var move = 1; move <= 10; move++)
        {
            await _scene.PointAsync(V((move % 3) + 1));
            asked.Add(Manager(host).RefreshAsync(Model, token));
        }

        await Task.WhenAll(asked);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
        Assert.That(Degradations(host), Is.Empty);

        // A load that nobody waited for any more may end only now, and lingers from then on.
        while (Served(host).All() is not [_])
        {
            token.ThrowIfCancellationRequested();
            _scene.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That(Served(host).All().Single().Version, Is.EqualTo(V(2)));
    }

    [Test]
    public async Task Whoever_holds_an_old_answer_when_a_newer_one_was_heard_does_not_go_back(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        await AnswerAsync(host, token);
        var before = await File.ReadAllBytesAsync(Path.Combine(_scene.Volume, Model, "aliases.json"), token);
        await _scene.MoveAsync(host, V(2), token);
        await File.WriteAllBytesAsync(Path.Combine(_scene.Volume, Model, "aliases.json"), before, token);
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
    }

    [Test]
    public async Task References_to_one_version_share_its_session_and_one_that_moves_away_does_not_take_it_along(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await _scene.PointAsync(V(1), "stable");
        await using var host = _scene.Host();
        var shared = await SessionAsync(host, token);
        Assert.That(await SessionAsync(host, token, "add:stable"), Is.SameAs(shared));

        await _scene.MoveAsync(host, V(2), token);
        _scene.Clock.Advance(Linger * 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await SessionAsync(host, token, "add:stable"), Is.SameAs(shared));
            Assert.That(await AnswerAsync(host, token, "add:stable"), Is.EqualTo(1f));
            Assert.That(await AnswerAsync(host, token), Is.EqualTo(2f));
        }
    }

    [Test]
    public async Task What_is_unloaded_stays_with_those_who_lease_it_and_is_loaded_by_the_next_who_asks(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = _scene.Host();
        using var lease = await host.Models.GetAsync(Model, token);
        var slot = Served(host).All().Single().Current!;
        Assert.That(Manager(host).Unload("add:latest"), Is.True);
        _scene.Clock.Advance(Linger);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Idle));
            Assert.That(host.Models.TryGet(Model, out _), Is.False);
            Assert.That(Manager(host).Unload(Model), Is.False, "there is nothing left to unload");
            Assert.That(Run(lease), Is.EqualTo(1f));
        }

        Assert.That(await SessionAsync(host, token), Is.Not.SameAs(lease.Session));
        Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Ready));
        lease.Dispose();
        await slot.Disposed.WaitAsync(token);
    }

    [Test]
    public async Task Unloading_a_reference_leaves_another_one_its_session(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = _scene.Host();
        var shared = await SessionAsync(host, token);
        await SessionAsync(host, token, "add:1.0.0");
        Assert.That(Manager(host).Unload(Model), Is.True);
        _scene.Clock.Advance(Linger);
        Assert.That(await SessionAsync(host, token, "add:1.0.0"), Is.SameAs(shared));
    }

    [Test]
    public async Task A_reference_with_a_version_of_its_own_is_not_moved(CancellationToken token)
    {
        await _scene.PublishAllAsync(1, 2);
        await using var host = _scene.Host();
        await AnswerAsync(host, token, "add:1.0.0");
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(await AnswerAsync(host, token, "add:1.0.0"), Is.EqualTo(1f));
    }

    [Test]
    public async Task A_range_moves_to_a_newer_version_when_it_is_published(CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await using var host = _scene.Host();
        Assert.That(await AnswerAsync(host, token, "add:1.*"), Is.EqualTo(1f));
        await _scene.PublishAsync(ModelVersion.Parse("1.1.0"), TestModels.Add(2));
        await Manager(host).RefreshAsync(Model, token);
        Assert.That(await AnswerAsync(host, token, "add:1.*"), Is.EqualTo(2f));
    }
}
