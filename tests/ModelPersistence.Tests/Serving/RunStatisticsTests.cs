using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(60_000)]
internal sealed class RunStatisticsTests
{
    [Test]
    public void Without_runs_there_are_no_figures() =>
        Assert.That(new RunStatistics().Snapshot(), Is.EqualTo(new InferenceStatistics(0, 0, 0, null, null, null, null)));

    [Test]
    public void Failed_runs_count_and_have_no_latency()
    {
        var runs = new RunStatistics();
        runs.Record(TimeSpan.FromSeconds(9), RunOutcome.Failed);
        Assert.That(runs.Snapshot(), Is.EqualTo(new InferenceStatistics(1, 1, 0, null, null, null, null)));
    }

    [Test]
    public void What_the_caller_did_is_counted_apart()
    {
        var runs = new RunStatistics();
        runs.Record(TimeSpan.FromMicroseconds(1), RunOutcome.Rejected);
        runs.Record(TimeSpan.FromMicroseconds(1), RunOutcome.Succeeded);
        var figures = runs.Snapshot();
        Assert.That((figures.Count, figures.Errors, figures.Rejected), Is.EqualTo((1L, 0L, 1L)));
    }

    [Test]
    public void Every_time_from_a_microsecond_to_a_hundred_seconds_is_known_to_four_percent()
    {
        using var all = Assert.EnterMultipleScope();
        for (var ticks = 10L; ticks <= 100 * TimeSpan.TicksPerSecond; ticks += Math.Max(1, ticks / 97))
        {
            var index = LatencyBuckets.IndexOf(TimeSpan.FromTicks(ticks));
            Assert.That(LatencyBuckets.Middle(index).Ticks, Is.EqualTo(ticks).Within(4).Percent);
        }
    }

    [Test]
    public void Buckets_follow_each_other_without_a_gap()
    {
        var before = 0;
        for (var ticks = 0L; ticks < 1 << 16; ticks++)
        {
            var index = LatencyBuckets.IndexOf(TimeSpan.FromTicks(ticks));
            Assert.That(index - before, Is.InRange(0, 1), $"{ticks} ticks");
            before = index;
        }
    }

    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(1_000_000_000)]
    [TestCase(1_000_000_001)]
    [TestCase(long.MaxValue)]
    public void Times_outside_have_a_bucket_too(long ticks)
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(LatencyBuckets.IndexOf(TimeSpan.FromTicks(ticks)), Is.InRange(0, LatencyBuckets.Count - 1));
        Assert.That(LatencyBuckets.IndexOf(TimeSpan.MaxValue), Is.EqualTo(LatencyBuckets.Count - 1));
    }

    [Test]
    public void Percentiles_are_those_of_the_sorted_times()
    {
        var random = new Random(7);
        var runs = new RunStatistics();
        var times = Enumerable.Range(0, 20_000).Select(_ => TimeSpan.FromMilliseconds(3 * Math.Exp(random.NextDouble() * 4))).Order().ToArray();
        foreach (var time in times)
        {
            runs.Record(time, RunOutcome.Succeeded);
        }

        var figures = runs.Snapshot();
        using var all = Assert.EnterMultipleScope();
        Assert.That(figures.Average, Is.EqualTo(TimeSpan.FromTicks((long)times.Average(static time => time.Ticks))).Within(TimeSpan.FromTicks(1)));
        Assert.That(figures.P50!.Value.Ticks, Is.EqualTo(times[9_999].Ticks).Within(4).Percent);
        Assert.That(figures.P95!.Value.Ticks, Is.EqualTo(times[18_999].Ticks).Within(4).Percent);
        Assert.That(figures.P99!.Value.Ticks, Is.EqualTo(times[19_799].Ticks).Within(4).Percent);
    }

    [Test]
    public void One_run_is_all_percentiles()
    {
        var runs = new RunStatistics();
        runs.Record(TimeSpan.FromTicks(25), RunOutcome.Succeeded);
        var one = TimeSpan.FromTicks(25);
        Assert.That(runs.Snapshot(), Is.EqualTo(new InferenceStatistics(1, 0, 0, one, one, one, one)));
    }

    [Test]
    public void No_run_of_many_threads_is_lost()
    {
        const int Threads = 64;
        const int Each = 3_000;
        var runs = new RunStatistics();
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                runs.Record(TimeSpan.FromTicks(1_000 + number), (i % 3) switch { 0 => RunOutcome.Failed, 1 => RunOutcome.Rejected, _ => RunOutcome.Succeeded });
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        var figures = runs.Snapshot();
        using var all = Assert.EnterMultipleScope();
        Assert.That((figures.Count, figures.Errors, figures.Rejected), Is.EqualTo((Threads * Each / 3 * 2L, Threads * Each / 3L, Threads * Each / 3L)));
        Assert.That((runs.Succeeded, runs.Errors), Is.EqualTo((Threads * Each / 3L, Threads * Each / 3L)));
        Assert.That(figures.Average!.Value.Ticks, Is.EqualTo(1_000 + ((Threads - 1) / 2)));
    }

    [Test]
    public void Recording_allocates_nothing()
    {
        var runs = new RunStatistics();
        RecordMany();
        var before = GC.GetAllocatedBytesForCurrentThread();
        RecordMany();

        // One page of each processor that the thread had not been on before.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 * 4096));

        void RecordMany()
        {
            for (var i = 0; i < 100_000; i++)
            {
                runs.Record(TimeSpan.FromTicks(i), RunOutcome.Succeeded);
            }
        }
    }
}
