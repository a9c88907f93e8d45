using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(30_000)]
internal sealed class MemoryBudgetTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public void A_load_that_fits_is_admitted_at_once(CancellationToken token)
    {
        var budget = Budget(100);
        var claim = budget.ClaimAsync("a", 60, token);
        Assert.That(claim.IsCompletedSuccessfully, Is.True);
        Assert.That(budget.HeldBytes, Is.EqualTo(60));
    }

    [Test]
    public async Task The_model_that_was_used_longest_ago_goes_and_only_as_many_as_needed(CancellationToken token)
    {
        var budget = Budget(100);
        var newer = await LoadedAsync(budget, "newer", 30, lastUsed: 2);
        var oldest = await LoadedAsync(budget, "oldest", 30, lastUsed: 1);
        var newest = await LoadedAsync(budget, "newest", 30, lastUsed: 3);
        var waits = budget.ClaimAsync("wanted", 40, token).AsTask();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((oldest.IsLeaving, newer.IsLeaving, newest.IsLeaving), Is.EqualTo((true, false, false)));
            Assert.That(budget.HeldBytes, Is.EqualTo(90), "Nothing is granted before the memory is free.");
        }

        oldest.Claim.Dispose();
        await waits;
        Assert.That(budget.HeldBytes, Is.EqualTo(100));
    }

    [Test]
    public async Task A_load_waits_for_a_model_in_use_to_be_given_back(CancellationToken token)
    {
        var budget = Budget(100);
        var used = await LoadedAsync(budget, "used", 80);
        used.Use();
        var waits = budget.ClaimAsync("wanted", 50, token).AsTask();
        Assert.That(used.IsLeaving, Is.False);
        used.GiveBack();
        Assert.That(used.IsLeaving, Is.True);
        used.Claim.Dispose();
        (await waits).Dispose();
    }

    [Test]
    public async Task What_becomes_idle_by_the_passing_of_time_is_seen_at_the_next_tick(CancellationToken token)
    {
        var budget = Budget(100);
        using ServingContext context = new(_clock, NullLogger.Instance, TimeSpan.FromMinutes(1)) { Memory = budget };
        var model = await LoadedAsync(budget, "model", 100);
        model.Use();
        var waits = budget.ClaimAsync("wanted", 40, token).AsTask();
        model.Quieten();
        Assert.That(model.IsLeaving, Is.False);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(model.IsLeaving, Is.True);
        model.Claim.Dispose();
        await waits;
    }

    [Test]
    public async Task A_lease_that_comes_in_between_keeps_the_model_and_the_next_one_goes(CancellationToken token)
    {
        var budget = Budget(100);
        var oldest = await LoadedAsync(budget, "oldest", 50, lastUsed: 1);
        var newer = await LoadedAsync(budget, "newer", 50, lastUsed: 2);
        oldest.Meanwhile = oldest.Use;
        var waits = budget.ClaimAsync("wanted", 40, token).AsTask();
        Assert.That((oldest.IsLeaving, newer.IsLeaving), Is.EqualTo((false, true)));
        newer.Claim.Dispose();
        await waits;
    }

    [Test]
    public async Task A_lease_that_comes_and_goes_in_between_does_not_leave_anybody_waiting(CancellationToken token)
    {
        var budget = Budget(100);
        var model = await LoadedAsync(budget, "model", 100);
        model.Meanwhile = () =>
        {
            model.Use();
            model.Refuses = true;
            model.GiveBack();
        };
        var waits = budget.ClaimAsync("wanted", 40, token).AsTask();
        Assert.That(model.IsLeaving, Is.True);
        model.Claim.Dispose();
        await waits;
    }

    [Test]
    public async Task A_refusal_says_what_holds_the_memory_and_which_settings_count(CancellationToken token)
    {
        MemoryBudget budget = new(static () => new MemoryAllowance(100 << 20, 100 << 20, "80% of something", "Raise it"), Patience, _clock);
        await LoadedAsync(budget, "core:1.0.0", 40 << 20, keptAs: "critical");
        await LoadedAsync(budget, "beloved:1.0.0", 10 << 20, keptAs: "pinned");
        (await LoadedAsync(budget, "busy:1.0.0", 30 << 20)).Use();
        await budget.ClaimAsync("coming:1.0.0", 5 << 20, token);
        for (var i = 0; i < 3; i++)
        {
            (await LoadedAsync(budget, "small", 1 << 20)).Use();
        }

        var waits = budget.ClaimAsync("wanted:2.0.0", 45 << 20, token).AsTask();
        _clock.Advance(Patience);
        var refusal = Assert.CatchAsync<ModelMemoryException>(() => waits)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refusal.Message, Is.EqualTo(
                "Model 'wanted:2.0.0' was not loaded: it takes about 45.0 MiB of memory, and models in use did not give back enough within ModelManagement:MemoryTimeout (00:00:30). "
                + "The budget is 100.0 MiB (80% of something), 88.0 MiB of it held. Held: core:1.0.0 40.0 MiB (critical), busy:1.0.0 30.0 MiB (in use), beloved:1.0.0 10.0 MiB (pinned), "
                + "coming:1.0.0 5.0 MiB (loading), small 1.0 MiB (in use), 2 more 2.0 MiB. Raise it, raise ModelManagement:MemoryTimeout, or hold leases for shorter."));
            Assert.That((refusal.IsTransient, refusal.Model), Is.EqualTo((true, "wanted:2.0.0")));
            Assert.That((refusal.RequiredBytes, refusal.BudgetBytes, refusal.HeldBytes), Is.EqualTo((45L << 20, 100L << 20, 88L << 20)));
        }
    }

    [Test]
    public async Task What_critical_and_pinned_models_leave_no_room_for_is_refused_at_once_and_unloads_nothing(CancellationToken token)
    {
        var budget = Budget(100);
        await LoadedAsync(budget, "core", 60, keptAs: "critical");
        var idle = await LoadedAsync(budget, "idle", 30);
        Assert.That(
            async () => await budget.ClaimAsync("wanted", 50, token),
            Throws.TypeOf<ModelMemoryException>().With.Message.Contains("core 60 bytes (critical)").And.Property("IsTransient").False);
        Assert.That(idle.IsLeaving, Is.False);
    }

    [Test]
    public void More_than_the_whole_budget_is_refused_at_once(CancellationToken token) =>
        Assert.That(
            async () => await Budget(100).ClaimAsync("huge", 101, token),
            Throws.TypeOf<ModelMemoryException>().With.Message.Contains("all of the budget").And.Property("IsTransient").False);

    [Test]
    public async Task Without_a_budget_of_the_hosts_own_a_model_that_is_alone_may_use_the_limit(CancellationToken token)
    {
        var allowance = MemoryAllowance.From(new ModelPersistence.Configuration.ModelManagementOptions(), static () => new MemoryLimit(1000, "the group"));
        MemoryBudget budget = new(() => allowance, Patience, _clock);
        var idle = await LoadedAsync(budget, "idle", 10);
        var waits = budget.ClaimAsync("large", 900, token).AsTask();
        Assert.That(idle.IsLeaving, Is.True);
        idle.Claim.Dispose();
        var large = FakeResident.Of(budget, await waits);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(allowance, Is.EqualTo(new MemoryAllowance(800, 1000, "80% of 1000 bytes, the group", "Give the process more memory, or set ModelManagement:MemoryBudgetBytes")));
            Assert.That(budget.TryClaim("second", 1), Is.Null);
            Assert.That(large.IsLeaving, Is.False, "It is over the budget, and alone.");
            Assert.That(async () => await budget.ClaimAsync("larger", 1001, token), Throws.TypeOf<ModelMemoryException>().With.Message.Contains("the process may use"));
        }
    }

    [Test]
    public void A_budget_of_the_hosts_own_holds_for_a_model_alone_too()
    {
        var allowance = MemoryAllowance.From(new ModelPersistence.Configuration.ModelManagementOptions { MemoryBudgetBytes = 500 }, static () => throw new InvalidOperationException());
        Assert.That(allowance, Is.EqualTo(new MemoryAllowance(500, 500, "ModelManagement:MemoryBudgetBytes", "Raise ModelManagement:MemoryBudgetBytes")));
    }

    [Test]
    public async Task Without_patience_what_is_in_use_refuses_at_once_but_what_is_idle_is_waited_for(CancellationToken token)
    {
        MemoryBudget budget = new(static () => new MemoryAllowance(100, 100, "x", "y"), TimeSpan.Zero, _clock);
        var model = await LoadedAsync(budget, "a", 80);
        model.Use();
        Assert.That(async () => await budget.ClaimAsync("wanted", 50, token), Throws.TypeOf<ModelMemoryException>().With.Property("IsTransient").True);
        model.GiveBack();
        Assert.That(model.IsLeaving, Is.False, "Nobody waits any more.");
        var waits = budget.ClaimAsync("wanted", 50, token).AsTask();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That((model.IsLeaving, budget.Waiting), Is.EqualTo((true, 1)));
        model.Claim.Dispose();
        await waits;
    }

    [Test]
    public async Task What_is_withdrawn_is_expected_back_and_nothing_is_unloaded_beside_it(CancellationToken token)
    {
        var budget = Budget(100);
        var old = await budget.ClaimAsync("old", 50, token);
        var idle = await LoadedAsync(budget, "idle", 50);
        old.Drain();
        var waits = budget.ClaimAsync("wanted", 50, token).AsTask();
        Assert.That(idle.IsLeaving, Is.False);
        _clock.Advance(Patience);
        Assert.That(idle.IsLeaving, Is.True, "Its leases last too long.");
        idle.Claim.Dispose();
        await waits;
    }

    [Test]
    public async Task What_turns_out_larger_is_made_up_for_by_unloading_others(CancellationToken token)
    {
        var budget = Budget(100);
        var idle = await LoadedAsync(budget, "idle", 30);
        var claim = await budget.ClaimAsync("grown", 60, token);
        claim.Adjust(90);
        Assert.That((idle.IsLeaving, budget.HeldBytes), Is.EqualTo((true, 120L)));
        idle.Claim.Dispose();
        claim.Adjust(10);
        Assert.That(budget.TryClaim("next", 90), Is.Not.Null);
    }

    [Test]
    public async Task A_caller_that_leaves_makes_way_for_the_next(CancellationToken token)
    {
        var budget = Budget(100);
        (await LoadedAsync(budget, "used", 60)).Use();
        using CancellationTokenSource leaves = new();
        var large = budget.ClaimAsync("large", 100, leaves.Token).AsTask();
        var small = budget.ClaimAsync("small", 40, token).AsTask();
        Assert.That((budget.TryClaim("pushing", 1), budget.Waiting), Is.EqualTo(((MemoryClaim?)null, 2)), "First come, first served.");
        await leaves.CancelAsync();
        Assert.That(async () => await large, Throws.InstanceOf<OperationCanceledException>());
        await small;
    }

    [Test]
    public async Task A_claim_is_given_back_once_however_often_it_is_disposed(CancellationToken token)
    {
        var budget = Budget(100);
        await budget.ClaimAsync("a", 50, token);
        var claim = await budget.ClaimAsync("b", 50, token);
        claim.Dispose();
        claim.Dispose();
        claim.Adjust(70);
        Assert.That(budget.HeldBytes, Is.EqualTo(50));
    }

    private MemoryBudget Budget(long bytes) => new(() => new MemoryAllowance(bytes, bytes, "the test", "Raise it"), Patience, _clock);

    private static async Task<FakeResident> LoadedAsync(MemoryBudget budget, string name, long bytes, long lastUsed = 0, string? keptAs = null) =>
        FakeResident.Of(budget, await budget.ClaimAsync(name, bytes, CancellationToken.None), lastUsed, keptAs);
}
