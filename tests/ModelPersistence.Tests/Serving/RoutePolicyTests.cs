using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

/// <summary>Each row: what is wanted, was last good, serves, and how far each version is; then what is loaded, where the route leads, what is dropped.</summary>
internal sealed class RoutePolicyTests
{
    // Wanted    LastGood  Serving  Known                            Load     Lead     Drop
    [TestCase("2", "1", "1", "1=Live", "2", null, "", TestName = "A wanted version that is absent is loaded beside the one that serves")]
    [TestCase("2", "1", "1", "1=Live 2=Loading", "", null, "", TestName = "While it loads nothing changes")]
    [TestCase("2", "1", "1", "1=Live 2=Live", "", "2", "1", TestName = "Once it can serve the route leads there and drops the old one")]
    [TestCase("2", "1", "1", "1=Live 2=Failed", "", null, "", TestName = "A failed one leaves the old one serving")]
    [TestCase("2", "2", "2", "2=Live", "", null, "", TestName = "What is as it should be is left alone")]
    [TestCase("1", "1", "1", "1=Live 2=Loading", "", null, "2", TestName = "A version that is not wanted any more is not waited for")]
    [TestCase("1", "1", "1", "1=Live 2=Live", "", null, "2", TestName = "Nor kept when it came too late")]
    [TestCase("1 2", "1", "1", "1=Live", "2", null, "", TestName = "A split begins when all its versions can serve")]
    [TestCase("1 2", "1", "1", "1=Live 2=Live", "", "1 2", "", TestName = "Then it is led to as a whole")]
    [TestCase("1 2", "1", "1", "1=Live 2=Failed", "", null, "", TestName = "A version of a split that fails leaves its share to the others")]
    [TestCase("2 3", "1", "1", "1=Live 2=Live 3=Failed", "", "2", "1", TestName = "So the others serve alone")]
    [TestCase("2 3", "1", "1", "1=Live 2=Failed 3=Failed", "", null, "", TestName = "Where all of a split fail the old one stays")]
    [TestCase("2", "1", "2", "2=Refused", "1", null, "", TestName = "A version that was turned back serves until the last good one is loaded again")]
    [TestCase("2", "1", "2", "1=Live 2=Refused", "", "1", "2", TestName = "Then the last good one serves")]
    [TestCase("2", "1", "2", "1=Failed 2=Refused", "", null, "", TestName = "Where that one fails the one that was turned back goes on")]
    [TestCase("2", "", "2", "2=Refused", "", null, "", TestName = "So it does where there was none before")]
    [TestCase("1 2", "1", "1 2", "1=Live 2=Refused", "", "1", "2", TestName = "A version of a split that was turned back is left out at once")]
    [TestCase("1 2", "1", "1 2", "1=Live 2=Failed", "", "1", "", TestName = "So is one whose bytes turned out wrong")]
    [TestCase("2", "1", "2", "2=Failed", "1", "", "", TestName = "What must not serve is left before anything else can")]
    [TestCase("2", "2", "2", "2=Failed", "", "", "", TestName = "Even where nothing else is known")]
    [TestCase("2", "1", "", "1=Live 2=Loading", "", null, "1", TestName = "A route that leads nowhere waits for what is wanted")]
    [TestCase("2", "1", "", "2=Live", "", "2", "", TestName = "And takes it as soon as it can serve")]
    [TestCase("2 3", "1", "", "2=Live 3=Loading", "", "2", "", TestName = "It does not wait for the rest of a split")]
    [TestCase("3", "1", "2", "2=Live 3=Failed", "1", null, "", TestName = "Of two that could stand in the one that proved good is preferred")]
    public void The_route_goes_where_the_table_says(string wanted, string lastGood, string serving, string known, string load, string? lead, string drop)
    {
        var decision = RoutePolicy.Decide(new RouteFacts(Weighted(wanted), Weighted(lastGood), Weighted(serving), Known(known)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decision.Load, Is.EqualTo(Versions(load)), "load");
            Assert.That(decision.Lead?.Select(static weighted => weighted.Version), lead is null ? Is.Null : Is.EqualTo(Versions(lead)), "lead");
            Assert.That(decision.Drop, Is.EquivalentTo(Versions(drop)), "drop");
        }
    }

    [Test]
    public void New_weights_of_the_same_versions_are_led_to()
    {
        var before = AliasTarget.Split(new WeightedVersion(V("1"), 90), new WeightedVersion(V("2"), 10));
        var after = AliasTarget.Split(new WeightedVersion(V("1"), 50), new WeightedVersion(V("2"), 50));
        var decision = RoutePolicy.Decide(new RouteFacts(after.Versions, before.Versions, before.Versions, Known("1=Live 2=Live")));
        Assert.That(decision.Lead, Is.EqualTo(after.Versions));
    }

    private static ModelVersion V(string major) => ModelVersion.Parse($"{major}.0.0");

    private static IReadOnlyList<ModelVersion> Versions(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(V)];

    private static IReadOnlyList<WeightedVersion> Weighted(string text) => [.. Versions(text).Select(static version => new WeightedVersion(version, 1))];

    private static IReadOnlyList<KnownVersion> Known(string text) =>
        [.. text.Split(' ').Select(static pair => pair.Split('=')).Select(static pair => new KnownVersion(V(pair[0]), Enum.Parse<VersionStanding>(pair[1])))];
}
