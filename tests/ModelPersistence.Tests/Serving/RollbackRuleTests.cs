using ModelPersistence.Configuration;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

internal sealed class RollbackRuleTests
{
    [TestCase(49, 49, false, Description = "Too few to say anything.")]
    [TestCase(50, 11, false, Description = "22%, which 50 requests may show by chance.")]
    [TestCase(50, 15, true)]
    [TestCase(1_000, 70, false)]
    [TestCase(1_000, 90, true)]
    [TestCase(100_000, 5_000, false, Description = "The bound itself.")]
    [TestCase(100_000, 5_200, false)]
    [TestCase(100_000, 5_400, true)]
    [TestCase(100_000, 0, false)]
    [TestCase(100, 100, true)]
    public void The_more_requests_the_less_the_rate_must_exceed_the_bound(long requests, long errors, bool trips) =>
        Assert.That(RollbackRule.WhyTooManyErrors(requests, errors, new RollbackOptions { MaxErrorRate = 0.05, MinRequests = 50 }) is not null, Is.EqualTo(trips));

    [Test]
    public void Where_no_error_is_allowed_the_first_one_counts()
    {
        var none = new RollbackOptions { MaxErrorRate = 0, MinRequests = 50 };
        using var all = Assert.EnterMultipleScope();
        Assert.That(RollbackRule.WhyTooManyErrors(49, 1, none), Is.Null);
        Assert.That(RollbackRule.WhyTooManyErrors(50, 1, none), Is.Not.Null);
        Assert.That(RollbackRule.WhyTooManyErrors(50, 0, none), Is.Null);
    }

    [Test]
    public void The_reason_names_rate_count_bound_and_setting() =>
        Assert.That(
            RollbackRule.WhyTooManyErrors(50, 15, new RollbackOptions()),
            Is.EqualTo("15 of 50 requests failed (30.0 %), more than Rollback:MaxErrorRate (5.0 %) allows"));

    [Test]
    public void Runs_slower_than_the_limit_may_be_one_in_twenty()
    {
        var options = new RollbackOptions { MaxP95 = TimeSpan.FromMilliseconds(20) };
        using var all = Assert.EnterMultipleScope();
        Assert.That(RollbackRule.WhyTooSlow(1_000, 60, options), Is.Null);
        Assert.That(RollbackRule.WhyTooSlow(1_000, 100, options), Is.EqualTo("100 of 1000 runs (10.0 %) took longer than Rollback:MaxP95 (20 ms), which 5 % may"));
        Assert.That(RollbackRule.WhyTooSlow(1_000, 1_000, new RollbackOptions()), Is.Null, "Without a limit nothing is slow.");
    }
}
