using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture(false)]
[TestFixture(true)]
[CancelAfter(60_000)]
public sealed class DeletionTests(bool inFolder)
{
    private ObjectScene _scene = null!;
    private TestTree _tree = null!;
    private IStorageProvider _provider = null!;
    private ModelRepository _repository = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_scene, _tree) = (new ObjectScene(), new TestTree());
        _provider = inFolder ? _tree.Provider("volume", acceptsPublishing: true) : _scene.Repository;
        _repository = ObjectScene.Over([_provider]);
        _scene.Write("model.onnx", "graph");
        _scene.Write("data/weights.bin", "weights");
        await _repository.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"));
        await _repository.PublishAsync(_scene.Source, "m", TestTree.V("2.0.0"));
    }

    [TearDown]
    public void TearDown()
    {
        _tree.Dispose();
        _scene.Dispose();
    }

    [Test]
    public async Task A_version_goes_with_its_files_and_the_others_stay()
    {
        _scene.Store.Set("m/1.0.0/model.sig", [1]);
        await _repository.DeleteAsync("m", TestTree.V("1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Paths().Where(static path => path.StartsWith("m/1.0.0/", StringComparison.Ordinal)), Is.Empty);
            Assert.That(Paths().Count(static path => path.StartsWith("m/2.0.0/", StringComparison.Ordinal)), Is.EqualTo(3));
            Assert.That(await _provider.ListVersionsAsync("m", default).ToListAsync(), Is.EqualTo(new[] { TestTree.V("2.0.0") }));
            Assert.That(() => _repository.DeleteAsync("m", TestTree.V("1.0.0")), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains($"'{_provider.Name}'"));
        }

        Assert.That((await _repository.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"))).AlreadyPublished, Is.False);
    }

    [Test]
    public async Task A_version_that_an_alias_stands_for_goes_only_by_force_and_the_aliases_go_first()
    {
        await _repository.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        await _repository.SetAliasAsync("m", "old", TestTree.V("1.0.0"));
        Assert.That(
            () => _repository.DeleteAsync("m", TestTree.V("2.0.0")),
            Throws.InvalidOperationException.With.Message.Contains("latest, stable").And.Message.Contains("DeleteOptions.Force"));
        Assert.That(await _provider.GetManifestAsync("m", TestTree.V("2.0.0"), default), Is.Not.Null);
        await _repository.DeleteAsync("m", TestTree.V("2.0.0"), new DeleteOptions { Force = true });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _provider.GetManifestAsync("m", TestTree.V("2.0.0"), default), Is.Null);
            Assert.That((await _provider.GetAliasesAsync("m", default))!.Aliases.Keys, Is.EqualTo(new[] { "old" }));
        }
    }

    [Test]
    public async Task A_version_whose_manifest_nobody_can_read_goes_by_force()
    {
        await _repository.RemoveAliasAsync("m", "latest");
        if (inFolder)
        {
            File.WriteAllText(_tree["m/2.0.0/manifest.json"], "{");
        }
        else
        {
            _scene.Store.Set("m/2.0.0/manifest.json", "{"u8.ToArray());
        }

        Assert.That(() => _repository.DeleteAsync("m", TestTree.V("2.0.0")), Throws.TypeOf<ModelIntegrityException>());
        await _repository.DeleteAsync("m", TestTree.V("2.0.0"), new DeleteOptions { Force = true });
        Assert.That(Paths(), Has.None.EqualTo("m/2.0.0/manifest.json"));
    }

    private IEnumerable<string> Paths() => inFolder
        ? Directory.EnumerateFiles(_tree.Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_tree.Root, path).Replace('\\', '/'))
        : _scene.Store.Keys;
}
