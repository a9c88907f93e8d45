using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Store;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(120_000)]
public class ModelPreparerTests
{
    [Test]
    public async Task Two_preparers_at_once_make_one_artifact([Values] bool locksWork, CancellationToken cancellationToken)
    {
        using var first = new PreparationScene(locks: locksWork ? null : NoLocks.Instance);
        using var second = new PreparationScene(first.Root, locks: locksWork ? null : NoLocks.Instance);
        var model = first.Save(TestModels.MatMul());

        var made = await Task.WhenAll(
            Task.Run(() => first.PrepareAsync(ArtifactKind.Portable, model, cancellationToken), cancellationToken),
            Task.Run(() => second.PrepareAsync(ArtifactKind.Portable, model, cancellationToken), cancellationToken));

        using var all = Assert.EnterMultipleScope();
        Assert.That(made[0].Folder, Is.EqualTo(made[1].Folder));
        Assert.That(first.FoldersInStore(), Has.Length.EqualTo(1));
        Assert.That(!locksWork || made[0].Digest == made[1].Digest);
    }

    [Test]
    public async Task Callers_of_one_preparer_share_the_work(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => scene.PrepareAsync(ArtifactKind.Portable, model, cancellationToken), cancellationToken)));
        Assert.That(made.Select(static artifact => artifact.Digest).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_a_killed_preparation_left_is_removed_by_the_next(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        var leftover = Path.Combine(scene.Store.Prepared, $"{PreparationWorkspace.Prefix}{Path.GetFileName(scene.FolderOf(ArtifactKind.Portable))}-0");
        var others = Path.Combine(scene.Store.Prepared, $"{PreparationWorkspace.Prefix}{new string('0', 40)}-0");
        Directory.CreateDirectory(leftover);
        Directory.CreateDirectory(others);
        File.WriteAllText(Path.Combine(leftover, "model.weights"), "half");

        await scene.PrepareAsync(ArtifactKind.Portable, model, cancellationToken);

        using var all = Assert.EnterMultipleScope();
        Assert.That(Directory.Exists(leftover), Is.False);
        Assert.That(Directory.Exists(others), "of another key, which somebody may be making");
    }

    [Test]
    public void A_cancelled_preparation_leaves_nothing_behind()
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.CatchAsync<OperationCanceledException>(() => scene.PrepareAsync(ArtifactKind.Portable, model, cancelled.Token));
        Assert.That(scene.FoldersInStore(), Is.Empty);
    }

    [Test]
    public async Task A_model_for_which_no_form_holds_is_not_tried_again(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.Add(width: 4));
        var made = await scene.PrepareAsync(ArtifactKind.Portable, model, cancellationToken);
        var again = await scene.PrepareAsync(ArtifactKind.Portable, model, cancellationToken);
        Assert.That(again.Document.Created, Is.EqualTo(made.Document.Created));
    }

    [Test]
    public void A_store_that_cannot_be_written_is_a_storage_error_that_names_the_setting()
    {
        using var scene = new PreparationScene();
        var model = scene.Save(TestModels.MatMul());
        File.WriteAllText(Path.Combine(scene.Root, "store"), "a file where a folder must be");
        var error = Assert.ThrowsAsync<ModelStorageException>(() => scene.PrepareAsync(ArtifactKind.Portable, model, CancellationToken.None));
        Assert.That(error!.Message, Does.Contain("cats").And.Contain("ModelManagement:CachePath"));
    }

    [Test]
    public void A_disk_without_room_is_a_storage_error_that_may_pass()
    {
        using var scene = new PreparationScene();
        PreparationWork work = new()
        {
            Kind = ArtifactKind.Packed,
            Model = "cats:1.0.0",
            Source = "model.onnx",
            SourceBytes = 1L << 58,
            Key = new ArtifactKey("k"),
            Settings = scene.Settings,
            Store = scene.Store,
        };
        var error = Assert.Throws<ModelStorageException>(work.ThrowIfNoRoom);
        using var all = Assert.EnterMultipleScope();
        Assert.That(error!.IsTransient);
        Assert.That(error.ProviderName, Is.EqualTo("cache"));
        Assert.That(error.Message, Does.Contain("cats:1.0.0").And.Contain(scene.Store.Root).And.Contain("ModelManagement:PackedArtifacts"));
    }
}
