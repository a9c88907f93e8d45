using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class ModelSelectorTests
{
    [TestCase("1.*", "1.0.0", true)]
    [TestCase("1.*", "1.99.99", true)]
    [TestCase("1.*", "2.0.0", false)]
    [TestCase("1.*", "0.9.0", false)]
    [TestCase("1.*", "1.5.0-rc.1", false)]
    [TestCase("1.2.*", "1.2.0", true)]
    [TestCase("1.2.*", "1.2.77", true)]
    [TestCase("1.2.*", "1.3.0", false)]
    [TestCase("1.2.*", "1.1.9", false)]
    [TestCase("0.*", "0.1.0", true)]
    public void A_range_admits_releases_within_it(string range, string version, bool admitted)
    {
        Assert.That(ModelSelector.TryParse(range, out var selector), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(selector!.IsRange, Is.True);
            Assert.That(selector.Version, Is.Null);
            Assert.That(selector.Alias, Is.Null);
            Assert.That(selector.Admits(ModelVersion.Parse(version)), Is.EqualTo(admitted));
        }
    }

    [TestCase("stable", true)]
    [TestCase("v1", true)]
    [TestCase("rc-1", true)]
    [TestCase("1", false)]
    [TestCase("1.2", false)]
    [TestCase("1.2.3", false)]
    [TestCase("1.2.3.4", false)]
    [TestCase("1.0.0-rc", false)]
    [TestCase("Stable", false)]
    [TestCase("a/b", false)]
    [TestCase("", false)]
    public void An_alias_is_a_name_that_nobody_takes_for_a_version(string text, bool valid) =>
        Assert.That(ModelSelector.IsAlias(text), Is.EqualTo(valid));

    [Test]
    public void A_version_selects_itself()
    {
        Assert.That(ModelSelector.TryParse("1.2.3", out var selector), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(selector!.Version, Is.EqualTo(ModelVersion.Parse("1.2.3")));
            Assert.That(selector.IsRange, Is.False);
            Assert.That(selector.Alias, Is.Null);
            Assert.That(selector.Admits(ModelVersion.Parse("1.2.3")), Is.False);
        }
    }
}
