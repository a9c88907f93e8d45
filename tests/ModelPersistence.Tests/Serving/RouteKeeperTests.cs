using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

/// <summary>The keeper of a route beside the idea of one, through seeded walks of events.</summary>
[CancelAfter(120_000)]
internal sealed class RouteKeeperTests
{
    private const int Walks = 200;
    private const int Events = 30;

    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");
    private static readonly ModelVersion Three = ModelVersion.Parse("3.0.0");

    [Test]
    public async Task The_keeper_goes_where_the_idea_of_it_goes([Values] bool hasRevisions, CancellationToken token)
    {
        for (var seed = 0; seed < Walks; seed++)
        {
            await WalkAsync(new Random(seed), $"Seed {seed}: ", hasRevisions, token);
        }
    }

    [Test]
    public async Task Whatever_was_named_meanwhile_the_last_alias_is_where_it_ends(CancellationToken token)
    {
        using KeeperScene scene = new(One);
        for (var move = 0; move < 20; move++)
        {
            scene.Choose(ModelVersion.Parse($"{move + 2}.0.0"), isNewRevision: true);
            scene.EndLate();
        }

        var last = ModelVersion.Parse("21.0.0");
        await UntilAsync(() => scene.Loading.SequenceEqual([last]), "Only the last is loaded", token);
        Assert.That(scene.Serving.Single().Version, Is.EqualTo(One));
        await scene.EndAsync(last, null, isWithdrawn: false, token);
        Assert.That(scene.Serving.Single().Version, Is.EqualTo(last));
    }

    [Test]
    public async Task A_version_that_was_withdrawn_before_it_was_held_is_not_led_to(CancellationToken token)
    {
        using KeeperScene scene = new(One);
        scene.Choose(Two, isNewRevision: true);
        await UntilAsync(() => scene.Loading.SequenceEqual([Two]), "It is loaded", token);
        await scene.EndAsync(Two, null, isWithdrawn: true, token);
        Assert.That(scene.Serving.Single().Version, Is.EqualTo(One));
        await UntilAsync(() => scene.Loading.SequenceEqual([Two]), "It is loaded again", token);
        await scene.EndAsync(Two, null, isWithdrawn: false, token);
        Assert.That(scene.Serving.Single().Version, Is.EqualTo(Two));
    }

    [Test]
    public async Task What_somebody_else_has_disposed_is_a_failure_like_any_other_and_is_tried_again(CancellationToken token)
    {
        using KeeperScene scene = new(One);
        scene.Choose(Two, isNewRevision: true);
        await UntilAsync(() => scene.Loading.SequenceEqual([Two]), "It is loaded", token);
        await scene.EndAsync(Two, new ObjectDisposedException("a user's own client"), isWithdrawn: false, token);
        Assert.That(scene.Doubts, Has.One.Contains("a user's own client"));
        scene.Wait();
        await UntilAsync(() => scene.Loading.SequenceEqual([Two]), "It is loaded again", token);
        Assert.That(scene.Doubts, Has.One.Contains("a user's own client"), "until it can serve");
        await scene.EndAsync(Two, null, isWithdrawn: false, token);
        Assert.That(scene.Doubts, Is.Empty);
    }

    [Test]
    public async Task Loads_that_end_because_they_are_not_wanted_any_more_are_no_failures(CancellationToken token)
    {
        using KeeperScene scene = new(One) { HearsDrops = true };
        var changes = scene.Follow(token).GetAsyncEnumerator(token);
        await using var following = changes.ConfigureAwait(false);
        var change = changes.MoveNextAsync().AsTask();
        scene.Choose(AliasTarget.Split(new WeightedVersion(Two, 1), new WeightedVersion(Three, 1)), isNewRevision: true);
        await UntilAsync(() => scene.Loading.Count == 2, "Both are loaded", token);

        // On a thread without the test's synchronization context, where whoever waits for a load goes on within the call that ends it.
        await Task.Run(() => scene.Choose(One, isNewRevision: true), token);
        await UntilAsync(() => scene.Loading.Count == 0, "None is loaded", token);
        Assert.That(change.IsCompleted, Is.False, "Something was told");

        scene.Choose(AliasTarget.Split(new WeightedVersion(Two, 1), new WeightedVersion(Three, 1)), isNewRevision: true);
        await UntilAsync(() => scene.Loading.Count == 2, "Both are loaded again", token);
        await Task.Run(scene.Keeper.Rest, token);
        Assert.That(await change, Is.True);
        Assert.That(changes.Current.Kind, Is.EqualTo(ModelChangeKind.Unloaded));
    }

    /// <summary>Whatever a host has been through: another one that has just started must send the same keys to the same versions.</summary>
    private static void CompareWithAFreshHost(KeeperScene scene, RouteWorld world, string story)
    {
        List<ModelVersion> live = [.. world.Serving.Select(static weighted => weighted.Version)];
        if (live.Count > 0 && world.Serving.All(world.Wanted.Contains))
        {
            using KeeperScene fresh = new(world.Wanted is [var only] ? only.Version : AliasTarget.Split(world.Wanted), live);
            Assert.That(scene.Picks, Is.EqualTo(fresh.Picks), story);
        }
    }

    private static async Task WalkAsync(Random random, string story, bool hasRevisions, CancellationToken token)
    {
        using KeeperScene scene = new(One, hasRevisions);
        RouteWorld world = new() { ProvesAtOnce = true, ForgetsUnnamed = !hasRevisions };
        world.Become(One, VersionStanding.Live);
        HashSet<ModelVersion> retried = [];
        for (var step = 0; step < Events || world.In(VersionStanding.Loading).Count > 0; step++)
        {
            var loading = world.In(VersionStanding.Loading);
            var live = world.Serving.Select(static weighted => weighted.Version).Intersect(world.In(VersionStanding.Live)).ToList();
            switch (step < Events ? random.Next(8) : 2)
            {
                case var kind and (0 or 1):
                    var some = RouteWorld.Some(random.Next(62));
                    var target = some.Count == 1 ? AliasTarget.To(some[0].Version) : AliasTarget.Split(some);
                    story += $"{(kind == 0 ? "newly " : "")}wanted {target}; ";
                    scene.Choose(target, isNewRevision: kind == 0);
                    world.Want(target.Versions, forgives: kind == 0 && hasRevisions);
                    retried = kind == 0 && hasRevisions ? [] : retried;
                    break;
                case 2 or 3 when loading.Count > 0:
                    story += $"{loading[0]} is loaded; ";
                    await scene.EndAsync(loading[0], null, isWithdrawn: false, token);
                    world.Become(loading[0], VersionStanding.Live);
                    break;
                case 4 when loading.Count > 0:
                    var failed = loading[random.Next(loading.Count)];
                    var mayPass = random.Next(2) == 0;
                    story += $"{failed} fails, {(mayPass ? "for now" : "for good")}; ";
                    await scene.EndAsync(failed, new ModelStorageException("p", "It was told to fail.", mayPass), isWithdrawn: false, token);
                    world.Become(failed, VersionStanding.Failed);
                    _ = mayPass ? retried.Add(failed) : retried.Remove(failed);
                    break;
                case 5 when live.Count > 0 && !world.LastGood.All(good => good.Version == live[0]):
                    story += $"{live[0]} is turned back; ";
                    scene.Keeper.OnTripped(scene.ServedOf(live[0]), "It was told to.");
                    world.Become(live[0], VersionStanding.Refused);
                    break;
                case 6 when live.Count > 0:
                    story += $"{live[^1]} is withdrawn; ";
                    scene.Keeper.OnWithdrawn(scene.ServedOf(live[^1]), new ModelIntegrityException("It was told to be wrong."));
                    world.Become(live[^1], VersionStanding.Failed);
                    retried.Remove(live[^1]);
                    break;
                case 7:
                    story += "time passes; ";
                    scene.EndLate();
                    scene.Wait();
                    foreach (var version in retried.Intersect(world.In(VersionStanding.Failed)).ToList())
                    {
                        world.Become(version, VersionStanding.Absent);
                    }

                    retried = [];
                    break;
                default:
                    continue;
            }

            await UntilAsync(() => scene.Loading.SequenceEqual(world.In(VersionStanding.Loading)) && scene.Serving.SequenceEqual(world.Serving) && (hasRevisions || scene.Known == world.Known), story, token);
            CompareWithAFreshHost(scene, world, story);
        }
    }

    private static async Task UntilAsync(Func<bool> holds, string what, CancellationToken token)
    {
        while (!holds())
        {
            if (token.IsCancellationRequested)
            {
                Assert.Fail(what);
            }

            await Task.Yield();
        }
    }
}
