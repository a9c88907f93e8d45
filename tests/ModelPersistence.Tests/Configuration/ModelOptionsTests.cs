using ModelPersistence.Configuration;

namespace ModelPersistence.Tests.Configuration;

internal sealed class ModelOptionsTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(30);

    [Test]
    public void A_model_of_the_start_stays_loaded() =>
        Assert.That(new ModelOptions().UnloadsAfter(isNamed: true, Usual), Is.Null);

    [Test]
    public void A_model_on_demand_goes_after_the_usual_idleness_or_its_own()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new ModelOptions { Load = LoadMode.OnDemand }.UnloadsAfter(isNamed: true, Usual), Is.EqualTo(Usual));
            Assert.That(new ModelOptions { Load = LoadMode.OnDemand, IdleTimeout = TimeSpan.FromSeconds(5) }.UnloadsAfter(isNamed: true, Usual), Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(new ModelOptions { Load = LoadMode.OnDemand, IdleTimeout = Timeout.InfiniteTimeSpan }.UnloadsAfter(isNamed: true, Usual), Is.Null);
            Assert.That(new ModelOptions { IdleTimeout = TimeSpan.FromSeconds(5) }.UnloadsAfter(isNamed: true, Usual), Is.EqualTo(TimeSpan.FromSeconds(5)));
        }
    }

    [Test]
    public void A_pinned_model_on_demand_stays_once_it_is_loaded() =>
        Assert.That(new ModelOptions { Load = LoadMode.OnDemand, Pinned = true }.UnloadsAfter(isNamed: true, Usual), Is.Null);

    [Test]
    public void Another_version_of_a_pinned_model_is_not_kept_for_it()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new ModelOptions { Pinned = true }.UnloadsAfter(isNamed: false, Usual), Is.EqualTo(Usual));
            Assert.That(new ModelOptions { Critical = true }.UnloadsAfter(isNamed: false, Usual), Is.EqualTo(Usual));
        }
    }

    [Test]
    public void What_the_fluent_form_says_stands_in_the_options()
    {
        ModelOptions options = new();
        new ModelRegistration(options).OnDemand(TimeSpan.FromMinutes(5)).Pinned();
        Assert.That(options, Has.Property("Load").EqualTo(LoadMode.OnDemand).And.Property("IdleTimeout").EqualTo(TimeSpan.FromMinutes(5)).And.Property("Pinned").True);
    }
}
