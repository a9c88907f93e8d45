using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>Every state that requests, leases, unloading, cancellation and time limits can lead to, and every next step from it, beside the reference.</summary>
[CancelAfter(300_000)]
internal sealed class MemoryBudgetExplorationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static IEnumerable<TestCaseData> Worlds()
    {
        yield return new TestCaseData(new BudgetWorld([1, 1, 1], 2, 2)).SetName("Three equal models in a budget of two");
        yield return new TestCaseData(new BudgetWorld([1, 1, 2], 2, 2)).SetName("A model as large as the budget");
        yield return new TestCaseData(new BudgetWorld([1, 1, 3], 2, 3)).SetName("A model larger than the budget, allowed alone");
        yield return new TestCaseData(new BudgetWorld([1, 1, 3], 2, 2)).SetName("A model larger than the budget, refused");
        yield return new TestCaseData(new BudgetWorld([1, 1, 2], 2, 2, Pinned: 0)).SetName("A pinned model");
        yield return new TestCaseData(new BudgetWorld([1, 1, 1], 2, 2, IsPatient: false)).SetName("No patience");
        yield return new TestCaseData(new BudgetWorld([1, 2, 3], 4, 5, IsPatient: false)).SetName("No patience, unequal models");
        yield return new TestCaseData(new BudgetWorld([1, 1, 1, 1], 2, 2)).SetName("Four models in a budget of two");
    }

    [TestCaseSource(nameof(Worlds))]
    public async Task The_budget_does_what_the_reference_does_in_every_reachable_state(BudgetWorld world)
    {
        HashSet<string> seen = [new BudgetReference(world).Key];
        Queue<List<(BudgetAct, int)>> open = new([[]]);
        while (open.TryDequeue(out var path))
        {
            foreach (var step in Replayed(world, path).Possible().ToList())
            {
                List<(BudgetAct, int)> next = [.. path, step];
                await CheckAsync(world, next);
                if (seen.Add(Replayed(world, next).Key))
                {
                    open.Enqueue(next);
                }
            }
        }

        TestContext.Out.WriteLine($"{seen.Count} states");
        Assert.That(seen, Has.Count.GreaterThan(20));
    }

    private static BudgetReference Replayed(BudgetWorld world, List<(BudgetAct Act, int Model)> path)
    {
        BudgetReference reference = new(world);
        path.ForEach(step => reference.Do(step.Act, step.Model));
        return reference;
    }

    private static async Task CheckAsync(BudgetWorld world, List<(BudgetAct Act, int Model)> path)
    {
        BudgetReference reference = new(world);
        BudgetScene scene = new(world);
        foreach (var (act, model) in path)
        {
            reference.Do(act, model);
            await scene.DoAsync(act, model, reference.Models);
        }

        var story = string.Join(", ", path);
        Assert.That(scene.Models, Is.EqualTo(reference.Models), story);
        Assert.That((scene.Budget.Waiting, scene.Budget.HeldBytes), Is.EqualTo((reference.Waiting, reference.Held)), story);
        Assert.That(scene.Budget.HeldBytes <= world.Budget || scene.Budget.Holders.Count == 1, Is.True, $"Over the budget: {story}");

        // From everywhere: when leases are given back and memory is freed, nobody waits for ever.
        for (var round = 0; reference.Waiting > 0; round++)
        {
            Assert.That(round, Is.LessThan(20), $"Somebody waits for ever: {story}");
            foreach (var (act, model) in reference.Possible().Where(static step => step.Act is BudgetAct.GiveBack or BudgetAct.Free or BudgetAct.Loaded).ToList())
            {
                if (reference.Possible().Contains((act, model)))
                {
                    reference.Do(act, model);
                    await scene.DoAsync(act, model, reference.Models);
                }
            }

            Assert.That(scene.Models, Is.EqualTo(reference.Models), $"{story}, then round {round}");
        }
    }

    /// <summary>The real budget, driven by hand.</summary>
    private sealed class BudgetScene
    {
        private readonly BudgetWorld _world;
        private readonly ManualTimeProvider _clock = new();
        private readonly Task<MemoryClaim>?[] _waits;
        private readonly MemoryClaim?[] _claims;
        private readonly FakeResident?[] _residents;
        private readonly CancellationTokenSource[] _callers;
        private long _uses;

        public BudgetScene(BudgetWorld world)
        {
            _world = world;
            var count = world.Sizes.Length;
            (_waits, _claims, _residents, _callers) = (new Task<MemoryClaim>?[count], new MemoryClaim?[count], new FakeResident?[count], new CancellationTokenSource[count]);
            Budget = new MemoryBudget(() => new MemoryAllowance(world.Budget, world.Alone, "", ""), world.IsPatient ? Patience : TimeSpan.Zero, _clock);
        }

        public MemoryBudget Budget { get; }

        public Holding[] Models => [.. Enumerable.Range(0, _claims.Length).Select(State)];

        public async Task DoAsync(BudgetAct act, int model, Holding[] expected)
        {
            switch (act)
            {
                case BudgetAct.Request:
                    _callers[model] = new CancellationTokenSource();
                    _waits[model] = Budget.ClaimAsync($"model {model}", _world.Sizes[model], _callers[model].Token).AsTask();
                    break;
                case BudgetAct.Loaded:
                    _residents[model] = FakeResident.Of(Budget, _claims[model]!, ++_uses, model == _world.Pinned ? "pinned" : null);
                    break;
                case BudgetAct.Use:
                    _residents[model]!.Use();
                    break;
                case BudgetAct.GiveBack:
                    _residents[model]!.GiveBack(++_uses);
                    break;
                case BudgetAct.Drain:
                    _claims[model]!.Drain();
                    break;
                case BudgetAct.Free:
                    var claim = _claims[model]!;
                    (_claims[model], _residents[model]) = (null, null);
                    claim.Dispose();
                    break;
                case BudgetAct.Cancel:
                    await _callers[model].CancelAsync();
                    break;
                case BudgetAct.Expire:
                    _clock.Advance(Patience);
                    break;
            }

            Assert.That(Budget.Waiting, Is.EqualTo(expected.Count(static state => state == Holding.Waiting)), $"After {act} of model {model}");
            for (var i = 0; i < _waits.Length; i++)
            {
                // Continuations run elsewhere, so that what should be decided by now is waited for; whether it was is seen by the counts.
                if (_waits[i] is { } wait && expected[i] != Holding.Waiting)
                {
                    _waits[i] = null;
                    await wait.ContinueWith(static _ => { }, TaskScheduler.Default);
                    _claims[i] = wait.IsCompletedSuccessfully ? wait.Result : null;
                    Assert.That(wait.Exception?.InnerException, Is.Null.Or.TypeOf<ModelMemoryException>());
                }
            }
        }

        private Holding State(int model) => (_waits[model], _claims[model], _residents[model]) switch
        {
            ({ } wait, _, _) => wait.IsCompleted ? Holding.Out : Holding.Waiting,
            (_, null, _) => Holding.Out,
            (_, { Stage: MemoryClaimStage.Draining }, _) => Holding.Draining,
            (_, _, null) => Holding.Loading,
            (_, _, { IsLeaving: true }) => Holding.Leaving,
            (_, _, { IsIdle: true }) => Holding.Idle,
            _ => Holding.InUse,
        };
    }
}
