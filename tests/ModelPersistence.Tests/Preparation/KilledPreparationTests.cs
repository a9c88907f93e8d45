using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(120_000)]
public class KilledPreparationTests
{
    [TestCase("Begun")]
    [TestCase("Written")]
    [TestCase("Measuring")]
    public async Task A_preparation_killed_at_any_step_leaves_nothing_that_is_used_and_the_next_one_cleans_up(string step, CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        using var worker = new WorkerProcess("prepare", scene.Store.Root, model.EntryPath, step);
        Assert.That(await worker.ReadLineAsync(cancellationToken), Is.EqualTo("reached"));
        await worker.KillAsync(cancellationToken);

        Assert.That(await scene.FindAsync(ArtifactKind.Packed, cancellationToken), Is.Null);
        var made = await scene.PrepareAsync(ArtifactKind.Packed, model, cancellationToken);
        var (original, prepared) = scene.RunBoth(model, made, Packing.Kernel);
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
        Assert.That(scene.FoldersInStore(), Is.EqualTo(new[] { made.Folder }));
    }

    [Test]
    public async Task What_another_process_prepared_is_taken_as_it_is(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        using var worker = new WorkerProcess("prepare", scene.Store.Root, model.EntryPath);
        var mine = scene.PrepareAsync(ArtifactKind.Packed, model, cancellationToken);
        Assert.That(await worker.ReadLineAsync(cancellationToken), Does.StartWith("prepared"));
        using var all = Assert.EnterMultipleScope();
        Assert.That((await mine).Digest, Is.EqualTo((await scene.FindAsync(ArtifactKind.Packed, cancellationToken))!.Digest));
        Assert.That(scene.FoldersInStore(), Has.Length.EqualTo(1));
    }
}
