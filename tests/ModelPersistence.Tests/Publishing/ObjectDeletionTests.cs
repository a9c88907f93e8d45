using ModelPersistence.Models;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Deletions from an object store, which go object by object.</summary>
[CancelAfter(60_000)]
public sealed class ObjectDeletionTests
{
    private ObjectScene _scene = null!;

    [SetUp]
    public async Task SetUp()
    {
        _scene = new ObjectScene();
        _scene.Write("model.onnx", "graph");
        _scene.Write("data/weights.bin", "weights");
        await _scene.PublishAsync("1.0.0");
        await _scene.PublishAsync("2.0.0");
    }

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task A_deletion_that_is_interrupted_leaves_no_version()
    {
        _scene.Store.Before = static (call, _) =>
            call.Kind == ObjectCallKind.Delete && call.Key.EndsWith(".onnx", StringComparison.Ordinal) ? throw new ModelStorageException("bucket", "gone", isTransient: true) : Task.CompletedTask;
        Assert.That(() => _scene.Publisher.DeleteAsync("m", TestTree.V("1.0.0")), Throws.TypeOf<ModelStorageException>());
        _scene.Store.Before = null;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _scene.ManifestAsync(), Is.Null);
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
        }

        await _scene.Publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"));
        Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
    }

    [Test]
    public async Task Objects_of_a_publication_under_way_are_spared()
    {
        _scene.Store.Set("m/1.0.0/publish-0123456789ab/model.onnx", [1]);
        await _scene.Publisher.DeleteAsync("m", TestTree.V("1.0.0"));
        Assert.That(_scene.Store.Keys, Has.Member("m/1.0.0/publish-0123456789ab/model.onnx"));
    }
}
