using System.Collections.Concurrent;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Serving;

/// <summary>Many callers, who must notice nothing of an alias that moves, except by the answers.</summary>
[CancelAfter(300_000)]
internal sealed class SwapSoakTests
{
    private const int Callers = 64;
    private const int Moves = 20;

    // All hold leases all the time, and few run: the moves need the processors too.
    private const int RunsAtOnce = 2;

    [Test]
    public async Task Callers_see_nothing_of_moves_and_of_broken_versions_and_nothing_is_left_behind(CancellationToken token)
    {
        await using SwapScene scene = new();
        await scene.PublishAllAsync(1, 2);
        for (var broken = 3; broken <= 5; broken++)
        {
            await scene.PublishAsync(broken, Unloadable);
        }

        ConcurrentDictionary<ModelSlot, bool> slots = new();
        await using (var host = scene.Host())
        {
            await AnswerAsync(host, token);

            // The work behind the start waits for its time, and who moves back waits for that work.
            while (!host.Status.Models.Single().Settled)
            {
                token.ThrowIfCancellationRequested();
                scene.Clock.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            using Semaphore turns = new(RunsAtOnce, RunsAtOnce);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
            var callers = Enumerable.Range(0, Callers)
                .Select(_ => Task.Factory.StartNew(() => Call(host, slots, turns, stop.Token, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            for (var move = 1; move <= Moves; move++)
            {
                await scene.MoveAsync(host, V((move % 2) + 1), token);
                if (move % 6 == 0)
                {
                    await scene.MoveAsync(host, V(2 + (move / 6)), token);
                    Assert.That(Degradations(host), Has.One.Contains("cannot serve"));
                }

                if (move % 3 == 0)
                {
                    // The version that was left goes while requests run on it.
                    scene.Clock.Advance(TimeSpan.FromSeconds(30));
                }
            }

            await stop.CancelAsync();
            var answers = await Task.WhenAll(callers);
            Assert.That(answers.Select(static answer => answer.Length), Has.All.GreaterThan(0));
            Assert.That(answers.SelectMany(static answer => answer).Distinct(), Is.SubsetOf(new[] { 1f, 2f }));

            scene.Clock.Advance(TimeSpan.FromSeconds(30));
            await UntilAsync(host, () => Served(host).All().Count == 1, token);
            var current = Served(host).All().Single();
            Assert.That((current.Version, await AnswerAsync(host, token), current.IsIdle), Is.EqualTo((V((Moves % 2) + 1), (float)((Moves % 2) + 1), true)));
            await Task.WhenAll(slots.Keys.Where(slot => slot != current.Current).Select(static slot => slot.Disposed)).WaitAsync(token);
            Assert.That(slots, Has.Count.GreaterThan(Moves / 3));
        }

        await Task.WhenAll(slots.Keys.Select(static slot => slot.Disposed)).WaitAsync(token);
    }

    private static float[] Call(TestHost host, ConcurrentDictionary<ModelSlot, bool> slots, Semaphore turns, CancellationToken stop, CancellationToken token)
    {
        HashSet<float> answers = [];
        do
        {
            using var lease = host.Models.GetAsync(Model, token).AsTask().GetAwaiter().GetResult();
            turns.WaitOne();
            try
            {
                foreach (var slot in Served(host).All().Select(static served => served.Current).OfType<ModelSlot>())
                {
                    slots.TryAdd(slot, true);
                }

                answers.Add(Run(lease));
            }
            finally
            {
                turns.Release();
            }
        }
        while (!stop.IsCancellationRequested);
        return [.. answers];
    }
}
