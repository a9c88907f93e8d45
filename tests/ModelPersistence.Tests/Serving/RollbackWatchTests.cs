using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(120_000)]
internal sealed class RollbackWatchTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);

    private readonly List<string> _reasons = [];
    private ManualTimeProvider _clock = null!;
    private RunStatistics _runs = null!;

    [SetUp]
    public void Begin()
    {
        (_clock, _runs) = (new ManualTimeProvider(), new RunStatistics());
        _reasons.Clear();
    }

    [Test]
    public void Errors_at_thirty_percent_trip_it_within_the_window([Range(1, 20)] int seed)
    {
        var (random, watch) = (new Random(seed), Watch(new RollbackOptions()));
        var sent = 0;
        while (_reasons.Count == 0 && sent < 200)
        {
            sent++;
            _clock.Advance(TimeSpan.FromSeconds(1));
            Run(watch, Quick, random.NextDouble() < 0.3 ? RunOutcome.Failed : RunOutcome.Succeeded);
        }

        using var all = Assert.EnterMultipleScope();
        Assert.That(_reasons, Has.Count.EqualTo(1));
        Assert.That(sent, Is.InRange(50, 199));
    }

    [Test]
    public void Noise_at_the_bounds_does_not_trip_it([Range(1, 100)] int seed)
    {
        // The 95th percentile of exp(0.5 z) is exp(0.5 * 1.6449): just below the limit.
        var (random, watch) = (new Random(seed), Watch(new RollbackOptions { MaxErrorRate = 0.05, MaxP95 = Limit }));
        watch.JudgeLatency();
        var scale = Limit.TotalMilliseconds * 0.999 / Math.Exp(0.5 * 1.6449);
        for (var i = 0; i < 10_000; i++)
        {
            Run(watch, TimeSpan.FromMilliseconds(scale * Math.Exp(0.5 * Normal(random))), random.NextDouble() < 0.05 ? RunOutcome.Failed : RunOutcome.Succeeded);
        }

        Assert.That(_reasons, Is.Empty);
    }

    [Test]
    public void A_slow_version_trips_it()
    {
        var (random, watch) = (new Random(1), Watch(new RollbackOptions { MaxP95 = Limit }));
        watch.JudgeLatency();
        for (var i = 0; i < 200; i++)
        {
            Run(watch, random.NextDouble() < 0.25 ? Limit * 2 : Quick, RunOutcome.Succeeded);
        }

        Assert.That(_reasons, Has.Count.EqualTo(1).And.One.Contains("Rollback:MaxP95"));
    }

    [Test]
    public void Before_the_last_tier_serves_slow_runs_are_not_judged()
    {
        var watch = Watch(new RollbackOptions { MaxP95 = Limit });
        Runs(watch, 1_000, Limit * 2, RunOutcome.Succeeded);
        watch.JudgeLatency();
        Runs(watch, 1_000, Quick, RunOutcome.Succeeded);
        Assert.That(_reasons, Is.Empty);
    }

    [Test]
    public void Fewer_than_the_least_number_of_requests_never_trip_it()
    {
        var watch = Watch(new RollbackOptions { MinRequests = 50 });
        Runs(watch, 49, Quick, RunOutcome.Failed);
        Assert.That(_reasons, Is.Empty);
        Runs(watch, 1, Quick, RunOutcome.Failed);
        Assert.That(_reasons, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_the_caller_did_never_trips_it()
    {
        var watch = Watch(new RollbackOptions());
        Runs(watch, 10_000, Quick, RunOutcome.Rejected);
        Assert.That(_reasons, Is.Empty);
    }

    [Test]
    public void After_the_window_a_version_counts_as_good()
    {
        var watch = Watch(new RollbackOptions { MaxP95 = Limit, Window = TimeSpan.FromMinutes(10) });
        watch.JudgeLatency();
        _clock.Advance(TimeSpan.FromMinutes(10));
        Runs(watch, 1_000, Quick, RunOutcome.Failed);
        Runs(watch, 1_000, Limit * 2, RunOutcome.Succeeded);
        using var all = Assert.EnterMultipleScope();
        Assert.That(_reasons, Is.Empty);
        Assert.That(watch.IsOver, Is.True);
    }

    [Test]
    public void The_last_moment_of_the_window_is_inside()
    {
        var watch = Watch(new RollbackOptions { Window = TimeSpan.FromMinutes(10) });
        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Runs(watch, 1_000, Quick, RunOutcome.Failed);
        Assert.That(_reasons, Has.Count.EqualTo(1));
    }

    [Test]
    public void Latency_has_its_window_from_when_the_last_tier_serves()
    {
        var watch = Watch(new RollbackOptions { MaxP95 = Limit, Window = TimeSpan.FromMinutes(10) });
        _clock.Advance(TimeSpan.FromMinutes(9));
        watch.JudgeLatency();
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.That(watch.IsOver, Is.False);
        Runs(watch, 100, Limit * 2, RunOutcome.Succeeded);
        Assert.That(_reasons, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_version_that_is_not_watched_is_never_taken_back()
    {
        var watch = Watch(new RollbackOptions { Enabled = false });
        Runs(watch, 1_000, Quick, RunOutcome.Failed);
        using var all = Assert.EnterMultipleScope();
        Assert.That(_reasons, Is.Empty);
        Assert.That(watch.IsOver, Is.True);
    }

    [Test]
    public void What_was_counted_before_the_watch_began_is_not_held_against_the_version()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _runs.Record(Quick, RunOutcome.Failed);
        }

        var watch = Watch(new RollbackOptions());
        Runs(watch, 1_000, Quick, RunOutcome.Succeeded);
        Runs(watch, 1, Quick, RunOutcome.Failed);
        Assert.That(_reasons, Is.Empty);
    }

    [Test]
    public void It_says_so_once_however_many_find_it_beyond_its_bound()
    {
        // Every observer begins while the one before it is between its first look and its decision, where it reads the clock: all 64 decide
        // with the same counts before any of them has told.
        const int Observers = 64;
        var (clock, told, begun) = (new MeetingClock(), 0, 0);
        var watch = new RollbackWatch(_runs, new RollbackOptions(), clock, _ => told++);
        for (var i = 0; i < Observers; i++)
        {
            _runs.Record(Quick, RunOutcome.Failed);
        }

        clock.WhenRead = Observe;
        Observe();
        Assert.That((told, begun), Is.EqualTo((1, Observers)));

        void Observe()
        {
            if (begun < Observers)
            {
                begun++;
                watch.Observe(Quick, RunOutcome.Failed);
            }
        }
    }

    private RollbackWatch Watch(RollbackOptions options) => new(_runs, options, _clock, _reasons.Add);

    private void Run(RollbackWatch watch, TimeSpan elapsed, RunOutcome outcome)
    {
        _runs.Record(elapsed, outcome);
        watch.Observe(elapsed, outcome);
    }

    private void Runs(RollbackWatch watch, int count, TimeSpan elapsed, RunOutcome outcome)
    {
        for (var i = 0; i < count; i++)
        {
            Run(watch, elapsed, outcome);
        }
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private sealed class MeetingClock : TimeProvider
    {
        public Action? WhenRead { get; set; }

        public override long GetTimestamp()
        {
            WhenRead?.Invoke();
            return 0;
        }
    }
}
