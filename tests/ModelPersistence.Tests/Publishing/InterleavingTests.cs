using System.Threading.Channels;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>
/// Publishers that meet at one object store, call by call in an order that a seed decides. After every single call each visible version
/// must be whole; at the end one publisher has won and nobody's alias is lost.
/// </summary>
[TestFixture]
[CancelAfter(120_000)]
public sealed class InterleavingTests
{
    [TestCase(0, 60)]
    [TestCase(1000, 60)]
    public async Task Of_publishers_of_one_version_one_wins_in_every_order(int firstSeed, int seeds)
    {
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using ObjectScene scene = new();
            scene.Write("a/model.onnx", "a");
            scene.Write("b/model.onnx", "b");
            string[] sources = ["a", "b", "a"];
            Meeting meeting = new(scene.Store, seed);
            var outcomes = await meeting.RunAsync(sources.Select((source, n) => (Func<Task<string>>)(async () =>
            {
                try
                {
                    var published = await scene.NewPublisher().PublishAsync(scene.SourcePath(source), "m", TestTree.V("1.0.0"), new PublishOptions { Aliases = [$"of-{n}"] });
                    return published.AlreadyPublished ? "already" : "published";
                }
                catch (ModelIntegrityException)
                {
                    return "refused";
                }
            })));
            var winner = (await scene.ManifestAsync())!.Manifest.EntryFile.Sha256 == Sha256Digest.Of("a"u8) ? "a" : "b";
            var aliases = (await scene.AliasesAsync())!;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(meeting.Flaws, Is.Empty, $"seed {seed}");
                Assert.That(outcomes.Count(static outcome => outcome == "published"), Is.EqualTo(1), $"seed {seed}");
                Assert.That(outcomes.Select((outcome, n) => outcome == "refused" ? null : sources[n]).OfType<string>(), Is.All.EqualTo(winner), $"seed {seed}");
                Assert.That(outcomes.Select((outcome, n) => outcome == "refused" ? null : $"of-{n}").OfType<string>().Append("latest"), Is.EquivalentTo(aliases.Aliases.Keys), $"seed {seed}");
                Assert.That(scene.Shapes(), Is.EqualTo(new[] { "m/1.0.0/manifest.json", "m/1.0.0/publish-*/model.onnx", "m/aliases.json" }), $"seed {seed}");
            }
        }
    }

    [TestCase(0, 60)]
    public async Task Of_alias_changes_none_is_lost_in_any_order(int firstSeed, int seeds)
    {
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using ObjectScene scene = new();
            scene.Write("model.onnx", "a");
            await scene.PublishAsync("1.0.0", new PublishOptions { Aliases = ["old"] });
            Meeting meeting = new(scene.Store, seed);
            await meeting.RunAsync(
            [
                async () => $"{(await scene.NewPublisher().SetAliasAsync("m", "a", TestTree.V("1.0.0"))).Revision}",
                async () => $"{(await scene.NewPublisher().SetAliasAsync("m", "b", TestTree.V("1.0.0"))).Revision}",
                async () => $"{(await scene.NewPublisher().RemoveAliasAsync("m", "old"))!.Revision}",
            ]);
            var aliases = (await scene.AliasesAsync())!;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(aliases.Aliases.Keys, Is.EquivalentTo(new[] { "a", "b", "latest" }), $"seed {seed}");
                Assert.That(aliases.Revision, Is.EqualTo(4), $"seed {seed}");
            }
        }
    }

    [Test]
    public async Task Of_publishers_as_real_tasks_one_wins(CancellationToken cancellationToken)
    {
        for (var round = 0; round < 10; round++)
        {
            using ObjectScene scene = new();
            scene.Write("a/model.onnx", new byte[3 << 20]);
            scene.Write("b/model.onnx", "b");
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
            {
                try
                {
                    var published = await scene.NewPublisher().PublishAsync(scene.SourcePath(n % 2 == 0 ? "a" : "b"), "m", TestTree.V("1.0.0"), null, cancellationToken);
                    return published.AlreadyPublished ? "already" : "published";
                }
                catch (ModelIntegrityException)
                {
                    return "refused";
                }
            }, cancellationToken)));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(outcomes.Count(static outcome => outcome == "published"), Is.EqualTo(1));
                Assert.That(outcomes.Count(static outcome => outcome == "refused"), Is.EqualTo(4));
                Assert.That(ObjectScene.Flaws(scene.Store), Is.Empty);
                Assert.That(scene.Shapes().Count(), Is.EqualTo(3));
            }
        }
    }

    /// <summary>Holds every call back until all who take part have arrived at one or are done, then lets one go on.</summary>
    private sealed class Meeting
    {
        private readonly InMemoryObjectStore _store;
        private readonly Random _random;
        private readonly Channel<TaskCompletionSource?> _events = Channel.CreateUnbounded<TaskCompletionSource?>();

        public Meeting(InMemoryObjectStore store, int seed)
        {
            (_store, _random) = (store, new Random(seed));
            store.Before = (_, _) =>
            {
                TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _events.Writer.TryWrite(arrived);
                return arrived.Task;
            };
        }

        public List<string> Flaws { get; } = [];

        public async Task<string[]> RunAsync(IEnumerable<Func<Task<string>>> publishers)
        {
            var running = publishers.Select(publisher => Task.Run(async () =>
            {
                try
                {
                    return await publisher();
                }
                finally
                {
                    _events.Writer.TryWrite(null);
                }
            })).ToList();
            List<TaskCompletionSource> waiting = [];
            for (var (alive, busy) = (running.Count, running.Count); alive > 0;)
            {
                // Whoever is busy comes to a call or to its end; only then is it clear who can be next.
                for (; busy > 0; busy--)
                {
                    if (await _events.Reader.ReadAsync() is { } arrived)
                    {
                        waiting.Add(arrived);
                    }
                    else
                    {
                        alive--;
                    }
                }

                Flaws.AddRange(ObjectScene.Flaws(_store));
                if (waiting.Count > 0)
                {
                    var next = waiting[_random.Next(waiting.Count)];
                    waiting.Remove(next);
                    busy = 1;
                    next.SetResult();
                }
            }

            _store.Before = null;
            return await Task.WhenAll(running);
        }
    }
}
