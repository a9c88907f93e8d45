using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A model's better session takes the place of its first: both are claimed until then, and only the second after.</summary>
[CancelAfter(30_000)]
internal sealed class MemoryTakeOverTests
{
    private const long Room = 100;

    [Test]
    public async Task Nobody_is_unloaded_for_memory_that_is_only_counted_twice(CancellationToken token)
    {
        var budget = Budget();
        var other = FakeResident.Of(budget, await budget.ClaimAsync("other", 40, token));
        var (first, second) = await ClaimTwoAsync(budget, 10, 50, token);
        FakeResident.Of(budget, first).Use();
        first.TakeOver(second);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(other.IsLeaving, Is.False);
            Assert.That(budget.HeldBytes, Is.EqualTo(90));
            Assert.That((first.Bytes, second.Stage), Is.EqualTo((50L, MemoryClaimStage.Released)));
        }
    }

    [Test]
    public async Task Whoever_waits_gets_what_comes_free(CancellationToken token)
    {
        var budget = Budget();
        var (first, second) = await ClaimTwoAsync(budget, 50, 40, token);
        var waits = budget.ClaimAsync("wanted", 60, token).AsTask();
        Assert.That(waits.IsCompleted, Is.False);
        first.TakeOver(second);
        await waits;
        Assert.That(budget.HeldBytes, Is.EqualTo(Room));
    }

    [Test]
    public async Task Whatever_has_become_of_the_two_what_is_held_is_what_the_claims_say(
        [Values] MemoryClaimStage firstIs, [Values(MemoryClaimStage.Held, MemoryClaimStage.Released)] MemoryClaimStage secondIs, [Values(10, 50)] long bytes, CancellationToken token)
    {
        var budget = Budget();
        var (first, second) = await ClaimTwoAsync(budget, 30, bytes, token);
        Bring(first, firstIs);
        Bring(second, secondIs);
        first.TakeOver(second);
        var expected = firstIs == MemoryClaimStage.Released ? 0 : secondIs == MemoryClaimStage.Released ? 30 : bytes;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(budget.HeldBytes, Is.EqualTo(expected));
            Assert.That(budget.Holders.Sum(static holder => holder.Bytes), Is.EqualTo(expected));
            Assert.That(first.Stage, Is.EqualTo(firstIs), "how far it is on its way out stays");
        }

        first.Dispose();
        second.Dispose();
        Assert.That(budget.HeldBytes, Is.Zero);
    }

    private static void Bring(MemoryClaim claim, MemoryClaimStage stage)
    {
        if (stage == MemoryClaimStage.Released)
        {
            claim.Dispose();
        }
        else
        {
            claim.Stage = stage;
        }
    }

    private static async Task<(MemoryClaim First, MemoryClaim Second)> ClaimTwoAsync(MemoryBudget budget, long first, long second, CancellationToken token) =>
        (await budget.ClaimAsync("model", first, token), await budget.ClaimAsync("model (second tier)", second, token));

    private static MemoryBudget Budget() => new(static () => new MemoryAllowance(Room, Room, "", ""), TimeSpan.FromSeconds(30), new ManualTimeProvider());
}
