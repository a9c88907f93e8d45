using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

/// <summary>How many leases are out and how old the oldest is, told from counts alone.</summary>
internal sealed class LeaseAgesTests
{
    [Test]
    public void The_oldest_is_told_to_a_tick_for_random_leases_of_any_length()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            Random random = new(seed);
            LeaseAges ages = new(0);
            List<(int Cohort, long Taken, long Until)> held = [];
            for (long now = 0; now < 400; now++)
            {
                ages.Advance(now);
                foreach (var lease in held.Where(lease => lease.Until <= now).ToList())
                {
                    ages.Return(lease.Cohort);
                    held.Remove(lease);
                }

                for (var i = random.Next(4); i > 0; i--)
                {
                    // Most are short, a few are held for long.
                    held.Add((ages.Take(), now, now + (random.Next(10) == 0 ? random.Next(5, 120) : random.Next(1, 3))));
                }

                var (count, oldest) = ages.Look();
                Assert.That(count, Is.EqualTo(held.Count));
                if (held.Count == 0)
                {
                    Assert.That(oldest, Is.Null);
                    continue;
                }

                // Never younger than it is, and older at most by what a full set of cohorts makes.
                var truly = held.Min(static lease => lease.Taken);
                Assert.That(oldest, Is.LessThanOrEqualTo(truly), $"seed {seed}, tick {now}");
            }
        }
    }

    [Test]
    public void Leases_that_are_never_given_back_are_told_of_however_many_there_are()
    {
        LeaseAges ages = new(0);
        List<long> told = [];
        for (long now = 1; now <= 400; now++)
        {
            ages.Advance(now);
            if (now % 20 == 0)
            {
                ages.Take();
            }

            var quick = ages.Take();
            told.AddRange(ages.Overdue(now - 30).Select(_ => now));
            if (told.Count >= 8)
            {
                Assert.That(ages.BegunAt(quick), Is.GreaterThan(now - 30), "what was just taken does not look old");
            }

            ages.Return(quick);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ages.Look(), Is.EqualTo((20L, (long?)20L)));
            Assert.That(told, Has.Count.GreaterThanOrEqualTo(18));
            Assert.That(told[^1], Is.GreaterThan(380));
        }
    }

    [Test]
    public void Leases_that_are_held_for_long_leave_the_others_their_precision()
    {
        LeaseAges ages = new(0);
        ages.Take();
        for (long now = 1; now <= 100; now++)
        {
            ages.Advance(now);
            var quick = ages.Take();
            Assert.That(ages.BegunAt(quick), Is.EqualTo(now));
            ages.Return(quick);
        }

        Assert.That(ages.Look(), Is.EqualTo((1L, (long?)0L)));
    }

    [Test]
    public void What_is_held_for_too_long_is_told_once()
    {
        LeaseAges ages = new(0);
        var cohort = ages.Take();
        ages.Advance(1);
        ages.Take();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ages.Overdue(before: 1).ToList(), Is.EqualTo([(1L, 0L)]));
            Assert.That(ages.Overdue(before: 1), Is.Empty);
            Assert.That(ages.Overdue(before: 2).ToList(), Is.EqualTo([(1L, 1L)]));
        }

        ages.Return(cohort);
        Assert.That(ages.Look().Count, Is.EqualTo(1));
    }

    [Test]
    public void Leases_of_many_threads_all_come_back()
    {
        LeaseAges ages = new(0);
        Parallel.For(0, 200_000, i =>
        {
            var cohort = ages.Take();
            if (i % 1000 == 0)
            {
                lock (ages)
                {
                    ages.Advance(i);
                }
            }

            ages.Return(cohort);
        });
        Assert.That(ages.Look(), Is.EqualTo((0L, (long?)null)));
    }
}
