using ModelPersistence.Configuration;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Monitoring;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class VersionRulesTests
{
    private readonly WatchScene _scene = new(static o =>
    {
        o.Alerts.MaxP95 = TimeSpan.FromMilliseconds(50);
        o.Models.Add(new ModelOptions { Reference = "own:stable", Alerts = { MaxErrorRate = 0.5, Drift = false } });
        o.Models.Add(new ModelOptions { Reference = "own:latest", Alerts = { MaxErrorRate = 0.1, MaxP95 = TimeSpan.FromMilliseconds(5) } });
        o.Models.Add(new ModelOptions { Reference = "quiet", Alerts = { Enabled = false } });
    });

    [TearDown]
    public void DisposeScene() => _scene.Dispose();

    [TestCase(0, 9, false, Description = "Fewer than MinRequests.")]
    [TestCase(0, 10, true)]
    [TestCase(5, 5, false)]
    [TestCase(4, 6, true)]
    [TestCase(47, 3, false, Description = "6%, which 50 requests may show by chance.")]
    [TestCase(35, 15, true)]
    [TestCase(9_500, 500, false, Description = "The bound itself.")]
    public void An_error_rate_must_be_over_its_bound_by_more_than_chance(int succeeded, int failed, bool isBad)
    {
        Run(_scene.Load(), succeeded, failed);
        Assert.That(IsBad(AlertRule.ErrorRate), Is.EqualTo(isBad));
    }

    [Test]
    public void What_the_message_says_is_what_was_counted()
    {
        Run(_scene.Load(), 75, 25);
        var found = _scene.Judge().Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That(found.Message, Does.Contain("25 of 100 requests to model 'add:1.0.0' within 5 min failed (25%), more than Alerts:MaxErrorRate (5%)"));
        Assert.That((found.Value, found.Bound, found.Severity), Is.EqualTo(((double?)0.25, (double?)0.05, AlertSeverity.Error)));
    }

    [Test]
    public void Only_what_ran_within_the_window_counts()
    {
        var served = _scene.Load();
        Run(served, 0, 100);
        Assert.That(IsBad(AlertRule.ErrorRate), Is.True);
        for (var i = 0; i < 6; i++)
        {
            Assert.That(IsBad(AlertRule.ErrorRate), Is.True, $"after {i} minutes");
            _scene.PassMinutes(1);
        }

        Assert.That(_scene.Judge(), Is.Empty);
    }

    [Test]
    public void A_rate_just_under_its_bound_neither_raises_nor_resolves()
    {
        Run(_scene.Load(), 9_550, 450);
        Assert.That(_scene.Judge().Single(), Has.Property("IsBad").False.And.Property("Rule").EqualTo(AlertRule.ErrorRate));
    }

    [Test]
    public void What_callers_did_wrong_does_not_count()
    {
        var served = _scene.Load();
        for (var i = 0; i < 100; i++)
        {
            served.RunEnded(TimeSpan.FromMilliseconds(1), RunOutcome.Rejected);
        }

        _scene.Versions.Absorb();
        Assert.That(_scene.Judge(), Is.Empty);
    }

    [TestCase(90, 10, false, Description = "10%, which 100 runs may show by chance.")]
    [TestCase(70, 30, true)]
    [TestCase(950, 50, false)]
    public void One_run_in_twenty_may_be_slower_than_the_target(int fast, int slow, bool isBad)
    {
        var served = _scene.Load();
        Run(served, fast);
        Run(served, slow, milliseconds: 60);
        Assert.That(IsBad(AlertRule.Latency), Is.EqualTo(isBad));
    }

    [Test]
    public void Runs_before_the_last_tier_are_not_held_against_the_target()
    {
        var served = _scene.Load(settled: false);
        Run(served, 100, milliseconds: 500);
        Assert.That(IsBad(AlertRule.Latency), Is.False);
        served.Settle();
        Run(served, 100, milliseconds: 500);
        Assert.That(IsBad(AlertRule.Latency), Is.False, "They ran between two looks, partly on the tier before.");
        Run(served, 100, milliseconds: 500);
        Assert.That(IsBad(AlertRule.Latency), Is.True);
    }

    [Test]
    public void A_model_has_bounds_of_its_own_and_the_first_reference_that_sets_one_counts()
    {
        var settings = AlertSettings.For("own", _scene.Options);
        using var all = Assert.EnterMultipleScope();
        Assert.That(settings, Is.EqualTo(new AlertSettings(true, 0.5, TimeSpan.FromMilliseconds(5), false)));
        Assert.That(AlertSettings.For("other", _scene.Options), Is.EqualTo(new AlertSettings(true, 0.05, TimeSpan.FromMilliseconds(50), true)));
        Assert.That(AlertSettings.For("quiet", _scene.Options), Is.EqualTo(new AlertSettings(false, 0.05, TimeSpan.FromMilliseconds(50), false)));
    }

    [Test]
    public void A_version_that_has_become_slower_than_it_was_is_found_and_says_by_how_much()
    {
        var served = _scene.Load();
        _scene.PassMinutes(60, () => WatchScene.Run(served, 40));
        Assert.That(_scene.Judge(), Is.Empty);
        _scene.PassMinutes(DriftDetector.FewestToAlarm + 1, () => WatchScene.Run(served, 40, milliseconds: 14));
        var found = _scene.Judge().Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That((found.Rule, found.Severity, found.Bound), Is.EqualTo((AlertRule.Drift, AlertSeverity.Warning, (double?)1.2)));
        Assert.That(found.Value, Is.EqualTo(1.4).Within(0.09));
        Assert.That(found.Message, Does.Contain("'add:1.0.0'").And.Contain("longer than they did").And.Contain("Alerts:Drift:MinShift"));
        _scene.Loaded.Clear();
        _scene.PassMinutes(1);
        Assert.That(_scene.Judge(), Is.Empty, "It serves no more.");
    }

    private void Run(ServedModel served, int succeeded, int failed = 0, double milliseconds = 10)
    {
        WatchScene.Run(served, succeeded, failed, milliseconds);
        _scene.Versions.Absorb();
    }

    private bool IsBad(AlertRule rule) => _scene.Judge().Any(finding => finding.Rule == rule && finding.IsBad);
}
