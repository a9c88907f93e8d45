using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Monitoring;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TrendTests
{
    private readonly WatchScene _scene = new();

    [TearDown]
    public void DisposeScene() => _scene.Dispose();

    [Test]
    public void Each_minute_tells_how_its_own_runs_went()
    {
        var served = _scene.Load();
        WatchScene.Run(served, 9, 1, 10);
        served.RunEnded(TimeSpan.Zero, RunOutcome.Rejected);
        _scene.PassMinutes(1);
        WatchScene.Run(served, 1, 0, 30);
        _scene.PassMinutes(1);
        var minutes = Minutes();
        using var all = Assert.EnterMultipleScope();
        Assert.That(minutes.Select(static minute => minute.Start.Minute), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(minutes.Select(static minute => (minute.Count, minute.Errors, minute.Rejected)), Is.EqualTo(new[] { (10L, 1L, 1L), (1L, 0L, 0L) }));
        Assert.That(minutes[0].Average!.Value.TotalMilliseconds, Is.EqualTo(10));
        Assert.That(minutes[1].P50!.Value.TotalMilliseconds, Is.EqualTo(30).Within(4).Percent);
        Assert.That(minutes[1].P95, Is.EqualTo(minutes[1].P50));
        Assert.That(minutes[1].Max, Is.EqualTo(minutes[1].P99));
    }

    [Test]
    public void The_minute_that_is_not_over_is_shown_and_grows()
    {
        var served = _scene.Load();
        WatchScene.Run(served, 2);
        _scene.Pass(TimeSpan.FromSeconds(10));
        Assert.That(Minutes().Single().Count, Is.EqualTo(2));
        WatchScene.Run(served, 3);
        _scene.Pass(TimeSpan.FromSeconds(10));
        Assert.That(Minutes().Single().Count, Is.EqualTo(5));
    }

    [Test]
    public void Whoever_asks_for_the_latest_minutes_gets_no_others()
    {
        var served = _scene.Load();
        var start = _scene.Clock.GetUtcNow();
        for (var i = 0; i < 5; i++)
        {
            WatchScene.Run(served, 1);
            _scene.PassMinutes(1);
        }

        WatchScene.Run(served, 1);
        _scene.Pass(TimeSpan.FromSeconds(10));
        using var all = Assert.EnterMultipleScope();
        Assert.That(MinutesSince(start.AddMinutes(-1)), Has.Count.EqualTo(6));
        Assert.That(MinutesSince(start.AddMinutes(2)).Select(static minute => minute.Start.Minute), Is.EqualTo(new[] { 3, 4, 5 }), "Those that began later.");
        Assert.That(MinutesSince(start.AddMinutes(2.5)).Select(static minute => minute.Start.Minute), Is.EqualTo(new[] { 3, 4, 5 }));
        Assert.That(MinutesSince(start.AddMinutes(5)), Is.Empty, "The version is there all the same.");
    }

    [Test]
    public void Minutes_of_failures_alone_have_no_durations()
    {
        WatchScene.Run(_scene.Load(), 0, 3);
        _scene.PassMinutes(1);
        Assert.That(Minutes().Single(), Is.EqualTo(new TrendMinute(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), 3, 3, 0, null, null, null, null, null)));
    }

    [Test]
    public void A_version_that_is_gone_keeps_its_last_partial_minute()
    {
        var served = _scene.Load();
        _scene.Pass(TimeSpan.FromSeconds(10));
        WatchScene.Run(served, 7);
        _scene.Loaded.Clear();
        _scene.PassMinutes(2);
        var trend = _scene.Versions.Describe(DateTimeOffset.UnixEpoch).Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That(trend.IsLoaded, Is.False);
        Assert.That(trend.Minutes.Single().Count, Is.EqualTo(7));
    }

    [Test]
    public void A_version_that_is_loaded_again_goes_on_where_it_was()
    {
        WatchScene.Run(_scene.Load(), 2);
        _scene.PassMinutes(1);
        _scene.Loaded.Clear();
        _scene.PassMinutes(1);
        WatchScene.Run(_scene.Load(), 3);
        _scene.PassMinutes(1);
        Assert.That(Minutes().Select(static minute => minute.Count), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void Runs_of_two_loads_of_a_version_are_added()
    {
        WatchScene.Run(_scene.Load(), 2);
        WatchScene.Run(_scene.Load(), 3);
        _scene.PassMinutes(1);
        Assert.That(Minutes().Single().Count, Is.EqualTo(5));
    }

    [Test]
    public void Minutes_are_kept_for_a_day_and_idle_ones_take_no_room()
    {
        var served = _scene.Load();
        WatchScene.Run(served, 1);
        _scene.PassMinutes(60);
        _scene.PassMinutes(TrendRing.Minutes, () => WatchScene.Run(served, 2));
        var minutes = Minutes();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(minutes, Has.Count.EqualTo(TrendRing.Minutes).And.All.Property("Count").EqualTo(2));
            Assert.That(minutes[^1].Start - minutes[0].Start, Is.EqualTo(TimeSpan.FromMinutes(TrendRing.Minutes - 1)));
        }

        _scene.PassMinutes(TrendRing.Minutes / 2);
        Assert.That(Minutes(), Has.Count.EqualTo(TrendRing.Minutes / 2));
    }

    [Test]
    public void A_version_that_has_been_gone_for_a_day_is_forgotten()
    {
        WatchScene.Run(_scene.Load(), 1);
        _scene.Loaded.Clear();
        _scene.PassMinutes(TrendRing.Minutes + 2);
        Assert.That(_scene.Versions.All, Is.Empty);
    }

    [Test]
    public void Beyond_so_many_versions_those_that_are_gone_make_room_and_others_are_not_watched()
    {
        for (var i = 1; i <= WatchedVersions.Most; i++)
        {
            _scene.Load(version: i);
        }

        _scene.Load(version: 500);
        Assert.That(Has(500), Is.False);
        _scene.Loaded.RemoveAt(0);
        _scene.PassMinutes(1);
        using var all = Assert.EnterMultipleScope();
        Assert.That((Has(500), Has(1), _scene.Versions.All.Count), Is.EqualTo((false, true, WatchedVersions.Most)));
        _scene.PassMinutes(1);
        Assert.That((Has(500), Has(1), _scene.Versions.All.Count), Is.EqualTo((true, false, WatchedVersions.Most)));

        bool Has(int version) => _scene.Versions.All.Any(one => one.Version == ModelVersion.Parse($"{version}.0.0"));
    }

    [Test]
    public void A_version_takes_no_more_than_the_documents_say()
    {
        var served = _scene.Load();
        WatchScene.Run(served, 1);
        _scene.PassMinutes(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var another = _scene.Load(version: 2);
        WatchScene.Run(another, 1);
        _scene.Versions.Absorb();
        _scene.PassMinutes(1);

        // With all of what the clock and the counters of the run itself take.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    private IReadOnlyList<TrendMinute> Minutes() => MinutesSince(DateTimeOffset.UnixEpoch);

    private IReadOnlyList<TrendMinute> MinutesSince(DateTimeOffset from) => _scene.Versions.Describe(from).Single().Minutes;
}
