using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MemoryRuleTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly AlertOptions _options = new();
    private readonly MemoryBudget _budget;
    private readonly MemoryRule _rule;

    public MemoryRuleTests()
    {
        _budget = new MemoryBudget(static () => new MemoryAllowance(1_000, 1_000, "the test", "Raise it"), TimeSpan.Zero, _clock);
        _rule = new MemoryRule(_budget, _options, _clock);
    }

    [Test]
    public void A_budget_must_be_full_for_the_whole_window()
    {
        using var claim = _budget.TryClaim("add", 950)!;
        Assert.That(_rule.Judge().Single().IsBad, Is.False);
        _clock.Advance(_options.Window - TimeSpan.FromSeconds(1));
        Assert.That(_rule.Judge().Single().IsBad, Is.False);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var found = _rule.Judge().Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That((found.IsBad, found.Severity, found.Value, found.Bound), Is.EqualTo((true, AlertSeverity.Warning, (double?)0.95, (double?)0.9)));
        Assert.That(found.Message, Does.Contain("95%").And.Contain("Alerts:MaxMemoryShare (90%)").And.Contain("Raise it"));
    }

    [Test]
    public void A_budget_that_was_free_in_between_begins_anew()
    {
        var claim = _budget.TryClaim("add", 950)!;
        _rule.Judge();
        claim.Dispose();
        _clock.Advance(_options.Window);
        Assert.That(_rule.Judge(), Is.Empty);
        using var next = _budget.TryClaim("add", 950)!;
        Assert.That(_rule.Judge().Single().IsBad, Is.False);
    }

    [Test]
    public void Idle_models_do_not_count()
    {
        var claim = _budget.TryClaim("add", 950)!;
        var resident = FakeResident.Of(_budget, claim);
        Assert.That(_rule.Judge(), Is.Empty);
        resident.Use();
        Assert.That(_rule.Judge(), Has.Exactly(1).Items);
    }

    [Test]
    public void A_refusal_shows_for_the_length_of_the_window()
    {
        Assert.That(async () => await _budget.ClaimAsync("large", 2_000, CancellationToken.None), Throws.InstanceOf<ModelMemoryException>());
        var found = _rule.Judge().Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((found.IsBad, found.Severity), Is.EqualTo((true, AlertSeverity.Error)));
            Assert.That(found.Message, Does.Contain("'large' was not loaded"));
        }

        _clock.Advance(_options.Window);
        Assert.That(_rule.Judge(), Has.Exactly(1).Items);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_rule.Judge(), Is.Empty);
    }
}
