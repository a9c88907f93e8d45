using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

internal sealed class TrafficSplitTests
{
    private const int Keys = 20_000;

    private ServingContext _context = null!;

    [OneTimeSetUp]
    public void CreateContext() => _context = new ServingContext(TimeProvider.System, NullLogger.Instance, TimeSpan.FromMinutes(1));

    [OneTimeTearDown]
    public void DisposeContext() => _context.Dispose();

    [TestCase("", 0x8642AD19464B772CUL)]
    [TestCase("user-1", 0x56AB3DB8AEE5C15DUL)]
    [TestCase("müller", 0xA084A02CA63C49D3UL)]
    [TestCase("😀", 0xB64CED7DC36AF59AUL)]
    public void The_hash_of_a_key_is_the_same_on_every_host(string key, ulong expected) =>
        Assert.That(AffinityHash.Of(AffinityHash.Seed("m:stable"), key), Is.EqualTo(expected), $"0x{AffinityHash.Of(AffinityHash.Seed("m:stable"), key):X16}");

    [Test]
    public void Shares_follow_the_weights_by_key_and_by_chance()
    {
        var models = Models(2);
        TrafficSplit split = new("m:stable", models, [90, 10]);
        var byKey = Enumerable.Range(0, Keys).Count(i => split.Pick($"user-{i}") == models[1]) / (double)Keys;
        var byChance = Enumerable.Range(0, Keys).Count(_ => split.Pick() == models[1]) / (double)Keys;
        using (Assert.EnterMultipleScope())
        {
            // Six standard deviations of a share of 10% among 20,000.
            Assert.That(byKey, Is.EqualTo(0.1).Within(0.013));
            Assert.That(byChance, Is.EqualTo(0.1).Within(0.013));
        }
    }

    [Test]
    public void One_key_always_comes_to_the_same_version()
    {
        TrafficSplit split = new("m:stable", Models(3), [1, 1, 1]);
        Assert.That(Enumerable.Range(0, 100).Select(_ => split.Pick("somebody")).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_share_that_grows_takes_only_the_keys_it_needs()
    {
        var models = Models(2);
        TrafficSplit before = new("m:stable", models, [90, 10]), after = new("m:stable", models, [80, 20]);
        var moved = Enumerable.Range(0, Keys).Where(i => before.Pick($"user-{i}") != after.Pick($"user-{i}")).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(moved.Count / (double)Keys, Is.EqualTo(0.1).Within(0.013));
            Assert.That(moved.Select(i => after.Pick($"user-{i}")).Distinct(), Is.EqualTo(new[] { models[1] }), "nobody moves the other way");
        }
    }

    [Test]
    public void A_version_that_cannot_serve_gives_its_keys_to_the_others_and_theirs_stay()
    {
        var models = Models(3);
        TrafficSplit whole = new("m:stable", models, [50, 30, 20]), lame = new("m:stable", [models[0], null, models[2]], [50, 30, 20]);
        var orphans = 0;
        for (var i = 0; i < Keys; i++)
        {
            var (before, after) = (whole.Pick($"user-{i}"), lame.Pick($"user-{i}"));
            if (before == models[1])
            {
                orphans++;
                Assert.That(after, Is.SameAs(models[0]).Or.SameAs(models[2]));
            }
            else
            {
                Assert.That(after, Is.SameAs(before));
            }
        }

        Assert.That(orphans, Is.GreaterThan(Keys / 5));
    }

    private ServedModel[] Models(int count) =>
        [.. Enumerable.Range(1, count).Select(i => new ServedModel("m", ModelVersion.Parse($"{i}.0.0"), null, new LoadRecorder(TimeProvider.System, 0), _context))];
}
