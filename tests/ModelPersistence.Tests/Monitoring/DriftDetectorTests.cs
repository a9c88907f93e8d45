using ModelPersistence.Monitoring;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Monitoring;

/// <summary>The figures of docs/alerts.md. Every run is of a seed of its own and comes out the same each time.</summary>
internal sealed class DriftDetectorTests
{
    private const int Seeds = 200;
    private const int Day = 24 * 60;
    private const int Never = int.MaxValue;

    // Durations around 5 ms. Of the Pareto distribution's, one in a hundred is twenty times the typical one, and there is no variance.
    private static readonly Dictionary<string, Func<Random, double>> Noises = new()
    {
        ["narrow"] = static random => Math.Exp(0.3 * Normal(random)),
        ["wide"] = static random => Math.Exp(Normal(random)),
        ["pareto"] = static random => Math.Pow(1 - random.NextDouble(), -1 / 1.5),
    };

    [TestCase("narrow", 30, 0, Day, 0)]
    [TestCase("wide", 30, 0, Day, 1)]
    [TestCase("pareto", 30, 0, Day, 1)]
    [TestCase("pareto", 30, 0.5, Day, 3, Description = "Each minute resembles the one before.")]
    [TestCase("pareto", 2, 0, 10 * Day, 3, Description = "Ten days of few requests.")]
    public void A_day_of_steady_noise_raises_nothing(string noise, int runs, double likeness, int minutes, int most)
    {
        var alarms = Each(seed => AlarmAt(seed, Noises[noise], runs, likeness, minutes, Never)).Count(static at => at is not null);
        TestContext.Out.WriteLine($"{noise}, {runs} runs a minute, likeness {likeness}: {alarms} of {Seeds}");
        Assert.That(alarms, Is.LessThanOrEqualTo(most), $"false alarms of {Seeds}");
    }

    [TestCase("narrow", 30, 720, 10)]
    [TestCase("wide", 30, 720, 90)]
    [TestCase("pareto", 30, 720, 20)]
    [TestCase("narrow", 2, 5_000, 100)]
    [TestCase("pareto", 2, 5_000, 240)]
    public void A_slowdown_by_thirty_percent_is_noticed(string noise, int runs, int from, int within)
    {
        var delays = Each(seed => AlarmAt(seed, Noises[noise], runs, 0, from + (4 * within), from) - from);
        TestContext.Out.WriteLine($"{noise}, {runs} runs a minute: median {delays.Order().ElementAt(Seeds / 2)}, longest {delays.Max()}");

        // The tenth of seeds that the noise itself alarms is counted by the test above.
        Assert.That(delays.Count(delay => delay is >= 0 && delay <= within), Is.GreaterThanOrEqualTo(Seeds - 2), $"noticed within {within} minutes");
    }

    [Test]
    public void A_slowdown_is_not_learnt_before_it_is_noticed()
    {
        // Wide noise and few runs: the alarm takes its time.
        var lost = 0;
        Parallel.For(0, Seeds, seed =>
        {
            DriftDetector detector = new(0.2);
            Feed(detector, new Random(seed), Noises["wide"], 20, 0, 1, 720, Never);
            var before = detector.Usual;
            Feed(detector, new Random(seed + Seeds), Noises["wide"], 20, 0, 721, 1_200, 0);
            if (!detector.IsDrifting || detector.Usual > before * 1.1)
            {
                Interlocked.Increment(ref lost);
            }
        });
        Assert.That(lost, Is.Zero);
    }

    [Test]
    public void A_few_bad_minutes_raise_nothing_however_bad_they_are()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 60, 5);
        for (var i = 1; i < DriftDetector.FewestToAlarm; i++)
        {
            Add(detector, 1, 5_000);
            Assert.That(detector.IsDrifting, Is.False, $"after {i}");
        }

        Add(detector, 30, 5);
        Add(detector, DriftDetector.FewestToAlarm, 5_000);
        Assert.That(detector.IsDrifting, Is.True);
    }

    [Test]
    public void A_slowdown_that_is_of_no_interest_raises_nothing()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 60, 5);
        Add(detector, Day, 5.4);
        Assert.That(detector.IsDrifting, Is.False);
    }

    [Test]
    public void Nothing_is_said_without_a_history()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 10, 5);
        Add(detector, DriftDetector.Baseline - 10, 50);
        Assert.That((detector.IsDrifting, detector.HasBaseline), Is.EqualTo((false, true)));
    }

    [Test]
    public void It_is_over_when_the_latency_is_back()
    {
        var detector = Drifting();
        Add(detector, 4, 5);
        Assert.That(detector.IsDrifting, Is.True);
        Add(detector, 3, 5);
        Assert.That(detector.IsDrifting, Is.False);
    }

    [Test]
    public void A_slowdown_that_has_lasted_a_day_is_the_new_history()
    {
        var detector = Drifting();
        Add(detector, Day - 10, 8, first: 10);
        Assert.That(detector.IsDrifting, Is.True);
        Add(detector, 50, 8, first: Day);
        using var all = Assert.EnterMultipleScope();
        Assert.That(detector.IsDrifting, Is.False);
        Assert.That(detector.Usual.TotalMilliseconds, Is.EqualTo(8).Within(4).Percent);
    }

    [Test]
    public void A_version_that_has_become_faster_is_compared_with_that()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 60, 5);
        Add(detector, 60, 3);
        Assert.That(detector.IsDrifting, Is.False);
        Add(detector, 10, 5);
        Assert.That(detector.IsDrifting, Is.True);
    }

    [Test]
    public void The_level_of_some_runs_is_that_of_their_middle_half()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Observe([.. Enumerable.Repeat(5.0, 80), .. Enumerable.Repeat(5_000.0, 20)]).Level, Is.EqualTo(Math.Log(50_000)).Within(0.04));
        Assert.That(Observe([.. Enumerable.Repeat(5.0, 80), .. Enumerable.Repeat(0.01, 20)]).Level, Is.EqualTo(Math.Log(50_000)).Within(0.04));
        Assert.That(Observe([.. Enumerable.Repeat(4.0, 50), .. Enumerable.Repeat(9.0, 50)]).Level, Is.EqualTo(Math.Log(60_000)).Within(0.04));
        Assert.That(Observe([.. Enumerable.Repeat(5.0, 100)]).Error, Is.Zero);
    }

    [Test]
    public void The_error_of_a_level_is_that_of_many_levels()
    {
        var seen = Enumerable.Range(0, 500).Select(static seed =>
        {
            Random random = new(seed);
            return Observe([.. Enumerable.Range(0, 100).Select(_ => 5 * Math.Exp(0.5 * Normal(random)))]);
        }).ToList();
        var mean = seen.Average(static one => one.Level);
        var deviation = Math.Sqrt(seen.Average(one => (one.Level - mean) * (one.Level - mean)));
        Assert.That(seen.Average(static one => one.Error), Is.EqualTo(deviation).Within(20).Percent);
    }

    [Test]
    public void Once_noticed_it_holds_while_the_slowdown_does()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 60, 5);
        Add(detector, DriftDetector.FewestToAlarm, 6.5);
        for (var i = 0; i < 30; i++)
        {
            Assert.That(detector.IsDrifting, Is.True, $"{i} minutes later");
            Add(detector, 1, 6.5);
        }

        // One that is slow two minutes of three is still slow.
        for (var i = 0; i < 30; i++)
        {
            Add(detector, 1, i % 3 == 0 ? 5 : 6.5);
            Assert.That(detector.IsDrifting, Is.True);
        }
    }

    private static DriftDetector Drifting()
    {
        DriftDetector detector = new(0.2);
        Add(detector, 60, 5);
        Add(detector, 10, 8);
        Assert.That(detector.IsDrifting, Is.True);
        return detector;
    }

    private static void Add(DriftDetector detector, int minutes, double milliseconds, int first = 0)
    {
        for (var i = 0; i < minutes; i++)
        {
            detector.Add(first + i, new DriftObservation(Math.Log(milliseconds * TimeSpan.TicksPerMillisecond), 0));
        }
    }

    private static DriftObservation Observe(double[] milliseconds)
    {
        var counts = RunCounts.Create();
        foreach (var one in milliseconds)
        {
            counts[LatencyBuckets.IndexOf(TimeSpan.FromMilliseconds(one))]++;
        }

        return DriftObservation.Of(counts, milliseconds.Length);
    }

    private static int?[] Each(Func<int, int?> simulate)
    {
        var outcomes = new int?[Seeds];
        Parallel.For(0, Seeds, seed => outcomes[seed] = simulate(seed));
        return outcomes;
    }

    private static int? AlarmAt(int seed, Func<Random, double> noise, int runs, double likeness, int minutes, int slowerFrom) =>
        Feed(new DriftDetector(0.2), new Random(seed), noise, runs, likeness, 1, minutes, slowerFrom);

    /// <summary>Minute by minute until the alarm; when it came.</summary>
    private static int? Feed(DriftDetector detector, Random random, Func<Random, double> noise, int runs, double likeness, int from, int to, int slowerFrom)
    {
        var (counts, count, mood) = (RunCounts.Create(), 0L, 0.0);
        for (var minute = from; minute <= to && !detector.IsDrifting; minute++)
        {
            mood = likeness == 0 ? 0 : (likeness * mood) + (0.05 * Math.Sqrt(1 - (likeness * likeness)) * Normal(random));
            for (var i = 0; i < runs; i++, count++)
            {
                counts[LatencyBuckets.IndexOf(TimeSpan.FromMilliseconds(5 * Math.Exp(mood) * noise(random) * (minute >= slowerFrom ? 1.3 : 1)))]++;
            }

            if (count >= DriftObservation.LeastRuns)
            {
                detector.Add(minute, DriftObservation.Of(counts, count));
                Array.Clear(counts);
                count = 0;
            }

            if (detector.IsDrifting)
            {
                return minute;
            }
        }

        return null;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
