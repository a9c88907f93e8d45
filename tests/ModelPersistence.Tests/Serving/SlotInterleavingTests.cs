extern alias interleaved;
using interleaved::ModelPersistence.Tests.Interleaved;

namespace ModelPersistence.Tests.Serving;

/// <summary>
/// Every order in which the atomic operations of publishing, acquiring, releasing and disposing can meet. After each step: a session is
/// not used after its end, ends once and only after its last lease, a count does not revive from zero, whoever asks gets a lease
/// while a session is published, and what is unloaded for its memory is not leased.
/// </summary>
[CancelAfter(300_000)]
internal sealed class SlotInterleavingTests
{
    [Test]
    public void Readers_beside_swaps_and_a_withdrawal() => Explore(SlotScenarios.ReadersBesideSwaps, 500);

    [Test]
    public void Three_readers_beside_a_swap_and_a_withdrawal() => Explore(SlotScenarios.ThreeReadersBesideASwap, 500);

    [Test]
    public void A_lease_that_two_threads_dispose() => Explore(SlotScenarios.OneLeaseGivenBackTwice, 50);

    [Test]
    public void A_run_whose_lease_another_thread_disposes() => Explore(SlotScenarios.ARunWhoseLeaseIsGivenBack, 50);

    [Test]
    public void Two_publishers_and_a_withdrawal() => Explore(SlotScenarios.TwoPublishersAndAWithdrawal, 50);

    [Test]
    public void An_eviction_beside_readers_and_a_swap() => Explore(SlotScenarios.AnEvictionBesideReadersAndASwap, 500);

    private static void Explore(Func<int> scenario, int least)
    {
        var states = scenario();
        TestContext.Out.WriteLine($"{states} states");
        Assert.That(states, Is.GreaterThan(least), "a search that finds so little does not search");
    }
}
