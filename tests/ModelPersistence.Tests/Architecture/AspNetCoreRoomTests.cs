using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Architecture;

/// <summary>The folders of src/ModelPersistence.AspNetCore: a host that maps one kind of endpoints needs nothing of the others.</summary>
[TestFixture]
public sealed class AspNetCoreRoomTests
{
    [TestCase("Inference", "Endpoints", "Metrics")]
    [TestCase("Tensors", "Endpoints", "Metrics")]
    [TestCase("Endpoints", "Inference", "Metrics", "Tensors")]
    [TestCase("Metrics", "Inference", "Endpoints", "Tensors")]
    public void A_room_does_not_know_the_others(string room, params string[] others)
    {
        var sources = Directory.GetFiles(Path.Combine(SourceTree.Root, "src", "ModelPersistence.AspNetCore", room), "*.cs");
        Assert.That(sources, Is.Not.Empty);
        Assert.That(sources.Where(path => others.Any(other => File.ReadAllText(path).Contains($"ModelPersistence.AspNetCore.{other}", StringComparison.Ordinal))), Is.Empty);
    }
}
