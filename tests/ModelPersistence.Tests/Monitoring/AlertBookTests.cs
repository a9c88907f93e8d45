using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AlertBookTests
{
    private static readonly TimeSpan Cooldown = TimeSpan.FromMinutes(15);
    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");

    private readonly ManualTimeProvider _clock = new();
    private readonly AlertBook _book;

    public AlertBookTests() => _book = new AlertBook(_clock, Cooldown);

    [Test]
    public void An_alert_is_told_once_however_often_it_is_found()
    {
        var told = _book.Apply([Bad("first")]);
        Pass(10);
        var again = _book.Apply([Bad("second")]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(told.Single(), Has.Property("Message").EqualTo("first").And.Property("ResolvedAt").Null);
        Assert.That(again, Is.Empty);
        Assert.That(_book.Active.Single(), Is.EqualTo(told.Single() with { Message = "second" }));
    }

    [Test]
    public void One_that_becomes_graver_is_told_again_also_while_it_cools()
    {
        _book.Apply([Bad() with { Severity = AlertSeverity.Warning }]);
        Pass(10);
        var graver = _book.Apply([Bad("worse") with { Severity = AlertSeverity.Error }]).Single();
        Pass(10);
        using var all = Assert.EnterMultipleScope();
        Assert.That((graver.Severity, graver.Message), Is.EqualTo((AlertSeverity.Error, "worse")));
        Assert.That(_book.Apply([Bad() with { Severity = AlertSeverity.Error }]), Is.Empty);
    }

    [Test]
    public void It_is_resolved_when_it_was_well_for_a_minute()
    {
        var raised = _book.Apply([Bad()]).Single();
        Pass(30);
        Assert.That(_book.Apply([]), Is.Empty);
        Pass(50);
        Assert.That(_book.Apply([]), Is.Empty);
        Pass(10);
        var resolved = _book.Apply([]).Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That(resolved, Is.EqualTo(raised with { ResolvedAt = _clock.GetUtcNow() }));
        Assert.That(_book.Active, Is.Empty);
    }

    [Test]
    public void What_is_neither_bad_nor_well_keeps_an_alert_and_raises_none()
    {
        Assert.That(_book.Apply([Middling(AlertRule.Latency)]), Is.Empty);
        _book.Apply([Bad()]);
        for (var i = 0; i < 100; i++)
        {
            Pass(50);
            Assert.That(_book.Apply(i % 2 == 0 ? [] : [Middling(AlertRule.ErrorRate)]), Is.Empty);
        }

        Assert.That(_book.Active.Single().Message, Is.EqualTo("bad"), "There was nothing new to say.");
    }

    [Test]
    public void The_sinks_are_spared_what_comes_back_within_the_cool_down()
    {
        Assert.That(_book.Apply([Bad()]), Has.Count.EqualTo(1));
        Assert.That(Clear(), Has.Count.EqualTo(1));
        using var all = Assert.EnterMultipleScope();
        Assert.That(_book.Apply([Bad()]), Is.Empty);
        Assert.That(_book.Active, Has.Count.EqualTo(1), "It shows all the same.");
        Assert.That(Clear(), Is.Empty, "Whoever did not hear of it need not hear of its end.");
    }

    [Test]
    public void What_is_still_so_after_the_cool_down_is_told_then()
    {
        _book.Apply([Bad()]);
        Clear();
        Pass(60);
        var again = _book.Apply([Bad("again")]);
        Assert.That(again, Is.Empty);
        Pass((int)Cooldown.TotalSeconds - 60 - 120);
        Assert.That(_book.Apply([Bad("again")]), Is.Empty);
        Pass(61);
        Assert.That(_book.Apply([Bad("again")]).Single().Message, Is.EqualTo("again"));
    }

    [Test]
    public void The_cool_down_is_of_a_rule_and_a_model()
    {
        _book.Apply([Bad()]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(_book.Apply([Bad(), Bad(version: Two)]), Is.Empty);
        Assert.That(_book.Apply([Bad(), Bad(rule: AlertRule.Drift)]), Has.Count.EqualTo(1));
        Assert.That(_book.Apply([Bad(), Bad(model: "other")]), Has.Count.EqualTo(1));
        Assert.That(_book.Active.Select(static alert => alert.Id), Is.Unique);
    }

    [Test]
    public void Of_two_references_to_a_version_the_graver_word_counts()
    {
        var mild = Bad("mild") with { Severity = AlertSeverity.Warning };
        Assert.That(_book.Apply([mild, Bad("grave") with { Severity = AlertSeverity.Critical }]).Single(), Has.Property("Message").EqualTo("grave").And.Property("Severity").EqualTo(AlertSeverity.Critical));
    }

    [Test]
    public void Without_a_cool_down_everything_is_told()
    {
        AlertBook book = new(_clock, TimeSpan.Zero);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(book.Apply([Bad()]), Has.Count.EqualTo(1));
            book.Apply([]);
            Pass(60);
            Assert.That(book.Apply([]), Has.Count.EqualTo(1));
        }
    }

    private static AlertFinding Bad(string message = "bad", AlertRule rule = AlertRule.ErrorRate, string model = "add", ModelVersion? version = null) =>
        new(rule, model, version ?? One, IsBad: true) { Message = message };

    private static AlertFinding Middling(AlertRule rule) => new(rule, "add", One, IsBad: false);

    private IReadOnlyList<Alert> Clear()
    {
        _book.Apply([]);
        Pass(60);
        return _book.Apply([]);
    }

    private void Pass(int seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
