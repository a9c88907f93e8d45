using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class ModelVersionTests
{
    [TestCase("0.0.0")]
    [TestCase("1.2.3")]
    [TestCase("10.20.30")]
    [TestCase("1.0.0-rc.1")]
    [TestCase("1.0.0-0.3.7")]
    [TestCase("1.0.0-x-y-z.4")]
    public void A_version_is_written_as_it_was_read(string text) =>
        Assert.That(ModelVersion.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1.2")]
    [TestCase("1.2.3.4")]
    [TestCase("v1.2.3")]
    [TestCase("1.2.3-RC.1")]
    [TestCase("1.2.3+build")]
    [TestCase("1.2.3-")]
    [TestCase("1.2.3-a..b")]
    [TestCase("1.2.3-01")]
    [TestCase("01.2.3")]
    [TestCase("1.2.-3")]
    [TestCase("-1.2.3")]
    [TestCase("+1.2.3")]
    [TestCase(" 1.2.3")]
    [TestCase("1.2.3 ")]
    [TestCase("1.2.3\n")]
    [TestCase("1.2.3/..")]
    [TestCase("1.2.3-a/b")]
    [TestCase("99999999999.0.0")]
    [TestCase("1٠.2.3")]
    public void What_is_no_version_is_refused(string text)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ModelVersion.TryParse(text, out _), Is.False);
            Assert.That(() => ModelVersion.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("is not a model version"));
        }
    }

    [Test]
    public void Versions_are_ordered_as_SemVer_says()
    {
        string[] ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"];
        var shuffled = ordered.OrderBy(static text => text.Length).ThenDescending().Select(ModelVersion.Parse);
        Assert.That(shuffled.Order().Select(static version => version.ToString()), Is.EqualTo(ordered));
    }

    [Test]
    public void Operators_agree_with_the_order()
    {
        ModelVersion low = ModelVersion.Parse("1.0.0-rc.1"), high = ModelVersion.Parse("1.0.0"), same = ModelVersion.Parse("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(low < high && low <= high && high > low && high >= low && high <= same && high >= same, Is.True);
            Assert.That(high == same && high.Equals((object)same) && high.GetHashCode() == same.GetHashCode(), Is.True);
            Assert.That(low.IsPrerelease && !high.IsPrerelease, Is.True);
            Assert.That(low != high && !low.Equals(null) && null < low, Is.True);
        }
    }
}

file static class Ordering
{
    public static IEnumerable<string> ThenDescending(this IOrderedEnumerable<string> texts) => texts.ThenByDescending(static text => text, StringComparer.Ordinal);
}
