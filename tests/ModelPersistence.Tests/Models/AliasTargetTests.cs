using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class AliasTargetTests
{
    [Test]
    public void A_single_version_has_the_weight_one()
    {
        AliasTarget target = V("1.2.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(target.Single, Is.EqualTo(V("1.2.0")));
            Assert.That(target.IsSplit, Is.False);
            Assert.That(target.Versions, Is.EqualTo(new[] { new WeightedVersion(V("1.2.0"), 1) }));
            Assert.That(target.ToString(), Is.EqualTo("1.2.0"));
        }
    }

    [Test]
    public void The_versions_of_a_split_stand_in_one_order_whatever_order_they_came_in()
    {
        var target = AliasTarget.Split(new(V("1.10.0"), 10), new(V("1.9.0"), 60), new(V("1.9.0-rc.1"), 30));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(target.Versions.Select(static split => split.Version.ToString()), Is.EqualTo(new[] { "1.9.0-rc.1", "1.9.0", "1.10.0" }));
            Assert.That(target.Single, Is.Null);
            Assert.That(target.IsSplit, Is.True);
            Assert.That(target.Heaviest, Is.EqualTo(V("1.9.0")));
            Assert.That(target.ToString(), Is.EqualTo("1.9.0-rc.1 (30), 1.9.0 (60), 1.10.0 (10)"));
        }
    }

    [Test]
    public void Targets_are_equal_where_versions_and_weights_are()
    {
        AliasTarget
            one = AliasTarget.Split(new(V("1.0.0"), 90), new(V("2.0.0"), 10)),
            same = AliasTarget.Split(new(V("2.0.0"), 10), new(V("1.0.0"), 90)),
            other = AliasTarget.Split(new(V("1.0.0"), 9), new(V("2.0.0"), 1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(one == same, Is.True);
            Assert.That(one.GetHashCode(), Is.EqualTo(same.GetHashCode()));
            Assert.That(one != other, Is.True);
            Assert.That(one, Is.Not.EqualTo(AliasTarget.To(V("1.0.0"))));
            Assert.That(AliasTarget.To(V("1.0.0")), Is.EqualTo((AliasTarget)V("1.0.0")));
        }
    }

    [Test]
    public void A_list_that_was_given_can_change_without_the_split_changing()
    {
        WeightedVersion[] given = [new(V("1.0.0"), 1), new(V("2.0.0"), 1)];
        var target = AliasTarget.Split(given);
        given[0] = new(V("3.0.0"), 1);
        Assert.That(target.Versions[0].Version, Is.EqualTo(V("1.0.0")));
        Assert.That(target.Versions, Is.Not.InstanceOf<WeightedVersion[]>(), "nobody can write into it");
    }

    [Test]
    public void A_version_that_goes_leaves_its_share_to_the_others()
    {
        var target = AliasTarget.Split(new(V("1.0.0"), 80), new(V("2.0.0"), 15), new(V("3.0.0"), 5));
        var two = target.Without(V("3.0.0"))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(two.ToString(), Is.EqualTo("1.0.0 (80), 2.0.0 (15)"));
            Assert.That(two.Without(V("1.0.0")), Is.EqualTo(AliasTarget.To(V("2.0.0"))));
            Assert.That(AliasTarget.To(V("2.0.0")).Without(V("2.0.0")), Is.Null);
            Assert.That(target.Without(V("4.0.0")), Is.EqualTo(target));
        }
    }

    [Test]
    public void What_is_no_split_is_refused()
    {
        var many = Enumerable.Range(0, AliasTarget.MaxVersions + 1).Select(static n => new WeightedVersion(V($"1.0.{n}"), 1)).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(static () => AliasTarget.Split(), Throws.ArgumentException.With.Message.Contains("it has 0 versions"));
            Assert.That(static () => AliasTarget.Split(new WeightedVersion(V("1.0.0"), 1)), Throws.ArgumentException.With.Message.Contains("2 to 16"));
            Assert.That(() => AliasTarget.Split(many), Throws.ArgumentException.With.Message.Contains("it has 17 versions"));
            Assert.That(() => AliasTarget.Split(many[1..]).Versions.ToArray(), Has.Length.EqualTo(16));
            Assert.That(static () => AliasTarget.Split(new(V("1.0.0"), 0), new(V("2.0.0"), 1)), Throws.ArgumentException.With.Message.Contains("version 1.0.0 has the weight 0"));
            Assert.That(static () => AliasTarget.Split(new(V("1.0.0"), 1), new(V("2.0.0"), 10_001)), Throws.ArgumentException.With.Message.Contains("1 to 10000"));
            Assert.That(static () => AliasTarget.Split(new(V("1.0.0"), 1), new(V("1.0.0"), 2)), Throws.ArgumentException.With.Message.Contains("stands twice"));
            Assert.That(static () => AliasTarget.Split(new(V("1.0.0"), 1), null!), Throws.ArgumentNullException);
            Assert.That(static () => AliasTarget.Split(new(V("1.0.0"), 1), new(null!, 1)), Throws.ArgumentNullException);
            Assert.That(static () => AliasTarget.To(null!), Throws.ArgumentNullException);
        }
    }

    private static ModelVersion V(string version) => ModelVersion.Parse(version);
}
