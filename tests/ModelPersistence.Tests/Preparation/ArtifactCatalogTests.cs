using ModelPersistence.Preparation;
using ModelPersistence.Store;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(60_000)]
internal sealed class ArtifactCatalogTests
{
    [TestCase("r1", "c1", ArtifactKind.Packed, true)]
    [TestCase("r2", "c1", ArtifactKind.Packed, false)]
    [TestCase("r1", "c2", ArtifactKind.Packed, false)]
    [TestCase("r1", "c2", ArtifactKind.Portable, true)]
    [TestCase("r2", "c1", ArtifactKind.Portable, false)]
    public async Task An_artifact_tells_of_which_model_it_is_and_whether_a_process_like_this_could_find_it(
        string runtime, string cpu, ArtifactKind kind, bool couldFind, CancellationToken cancellationToken)
    {
        using PreparationScene maker = new(runtime: "r1", cpu: "c1");
        using var made = (await maker.PrepareAsync(kind, maker.Save(TestModels.Add()), cancellationToken)).Use;
        using PreparationScene looker = new(maker.Root, runtime: runtime, cpu: cpu);

        Assert.That(
            new ArtifactCatalog(looker.Artifacts).Describe(maker.FolderOf(kind)),
            Is.EqualTo(new ArtifactFacts(UseMarks.KeyOf(PreparationScene.Digest), couldFind)));
    }

    [Test]
    public void What_does_not_say_what_it_is_is_nothing_this_process_could_find()
    {
        using PreparationScene scene = new();
        Directory.CreateDirectory(scene.Store.PreparedPath("k"));
        File.WriteAllText(Path.Combine(scene.Store.PreparedPath("k"), "prepared.json"), "{}");

        Assert.That(new ArtifactCatalog(scene.Artifacts).Describe(scene.Store.PreparedPath("k")), Is.Null);
        Assert.That(TreeInventory.Read(scene.Store, new ArtifactCatalog(scene.Artifacts)).Families.Single().Things.Single().IsOutdated, Is.True);
    }
}
