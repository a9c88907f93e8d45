using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture]
[CancelAfter(60_000)]
public sealed class RepositoryListingTests
{
    private TestTree _tree = null!;
    private ObjectScene _scene = null!;
    private ModelRepository _repository = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_tree, _scene) = (new TestTree(), new ObjectScene());
        _tree.AddVersion("m", "1.0.0");
        _tree.AddVersion("local", "1.0.0");
        _scene.Write("model.onnx");
        await _scene.PublishAsync("1.0.0", new PublishOptions { Aliases = ["stable"] });
        await _scene.PublishAsync("2.0.0-rc.1");
        _repository = ObjectScene.Over([_tree.Provider(), _scene.Repository]);
    }

    [TearDown]
    public void TearDown()
    {
        _tree.Dispose();
        _scene.Dispose();
    }

    [Test]
    public async Task Versions_of_the_whole_chain_come_once_each_with_their_aliases()
    {
        var all = await _repository.ListVersionsAsync("m").ToListAsync();
        var one = await _repository.ListVersionsAsync("m", "bucket").ToListAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Select(static version => $"{version.Version} {string.Join(',', version.Aliases)} {version.Repository}"), Is.EqualTo(new[] { "1.0.0 latest,stable volume", "2.0.0-rc.1  bucket" }));
            Assert.That(one.Select(static version => version.Repository), Is.EqualTo(new[] { "bucket", "bucket" }));
            Assert.That(await _repository.ListVersionsAsync("none").ToListAsync(), Is.Empty);
            Assert.That(await _repository.ListModelsAsync().ToListAsync(), Is.EquivalentTo(new[] { "local", "m" }));
            Assert.That(await _repository.ListModelsAsync("bucket").ToListAsync(), Is.EqualTo(new[] { "m" }));
        }
    }

    [Test]
    public async Task Pages_are_asked_for_as_the_caller_goes_on()
    {
        foreach (var n in Enumerable.Range(0, 20))
        {
            _scene.Store.Set($"model-{n:00}/1.0.0/manifest.json", []);
        }

        _scene.Store.PageSize = 5;
        var before = _scene.Store.CountOf(ObjectCallKind.List);
        await foreach (var model in _repository.ListModelsAsync("bucket"))
        {
            if (model == "model-06")
            {
                break;
            }
        }

        Assert.That(_scene.Store.CountOf(ObjectCallKind.List) - before, Is.EqualTo(2));
    }

    [Test]
    public void A_provider_that_cannot_look_fails_the_listing_after_what_the_others_have()
    {
        var repository = ObjectScene.Over([new FaultyStorageProvider(_tree.Provider("first")) is var faulty ? faulty : null!, _scene.Repository]);
        faulty.FailNext(10);
        List<ModelVersion> seen = [];
        Assert.That(
            async () =>
            {
                await foreach (var version in repository.ListVersionsAsync("m"))
                {
                    seen.Add(version.Version);
                }
            },
            Throws.TypeOf<ModelStorageException>().With.Property("ProviderName").EqualTo("first"));
        Assert.That(seen, Is.EquivalentTo(new[] { TestTree.V("1.0.0"), TestTree.V("2.0.0-rc.1") }));
    }

    [Test]
    public async Task A_manifest_can_be_asked_for_by_any_reference()
    {
        var byAlias = await _repository.GetManifestAsync(ModelReference.Parse("m:stable"), "bucket");
        var anywhere = await _repository.GetManifestAsync(ModelReference.Parse("m:1.*"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(byAlias.Digest, Is.EqualTo((await _scene.ManifestAsync())!.Digest));
            Assert.That(anywhere.Manifest.Version, Is.EqualTo(TestTree.V("1.0.0")));
            Assert.That(anywhere.Digest, Is.Not.EqualTo(byAlias.Digest), "The nearest provider has its own.");
            Assert.That(() => _repository.GetManifestAsync(ModelReference.Parse("m:3.*"), "bucket"), Throws.TypeOf<ModelNotFoundException>());
            Assert.That(() => _repository.GetManifestAsync(ModelReference.Parse("m"), "none"), Throws.ArgumentException.With.Message.Contains("'volume', 'bucket'"));
            Assert.That(() => _repository.ListVersionsAsync("../m"), Throws.ArgumentException);
        }
    }
}
