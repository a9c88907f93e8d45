using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Files that lie in a repository already become a version where they are.</summary>
[TestFixture(false)]
[TestFixture(true)]
[CancelAfter(60_000)]
public sealed class AdoptionTests(bool inFolder)
{
    private TestTree _tree = null!;
    private InMemoryObjectStore _store = null!;
    private IStorageProvider _provider = null!;
    private ModelRepository _repository = null!;

    [SetUp]
    public void SetUp()
    {
        _tree = new TestTree();
        _store = new InMemoryObjectStore("there");
        _provider = inFolder ? _tree.Provider("there", acceptsPublishing: true) : new ObjectRepository("there", _store);
        _repository = ObjectScene.Over([_provider]);
    }

    [TearDown]
    public void TearDown() => _tree.Dispose();

    [Test]
    public async Task A_bare_version_gets_a_manifest_that_describes_it_where_it_lies()
    {
        var weights = new byte[(5 << 20) + 3];
        new Random(1).NextBytes(weights);
        Put("m/1.0.0/model.onnx", "graph"u8.ToArray());
        Put("m/1.0.0/data/weights.bin", weights);
        Put("m/1.0.0/.hidden", [1]);
        Put("m/2.0.0/model.onnx", [2]);
        var adopted = await _repository.AdoptAsync("m", TestTree.V("1.0.0"), new PublishOptions { Aliases = ["stable"], Metadata = new ModelMetadata { Licence = "MIT" } });
        var manifest = (await _provider.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adopted.AlreadyPublished, Is.False);
            Assert.That(adopted.Digest, Is.EqualTo(manifest.Digest));
            Assert.That(adopted.Aliases!.Aliases.Keys, Is.EquivalentTo(new[] { "latest", "stable" }));
            Assert.That(manifest.Manifest.Entry, Is.EqualTo("model.onnx"));
            Assert.That(manifest.Manifest.Metadata!.Licence, Is.EqualTo("MIT"));
            Assert.That(manifest.Manifest.Files.Select(static file => (file.Path, file.Location, file.Size, file.Sha256)), Is.EqualTo(new[]
            {
                ("data/weights.bin", (string?)null, (long)weights.Length, Sha256Digest.Of(weights)),
                ("model.onnx", null, 5L, Sha256Digest.Of("graph"u8)),
            }));
            Assert.That(await _provider.GetManifestAsync("m", TestTree.V("2.0.0"), default), Is.Null);
        }
    }

    [Test]
    public async Task Adopting_describes_files_as_publishing_does()
    {
        var bytes = new byte[(7 << 20) + 11];
        new Random(2).NextBytes(bytes);
        Put("m/1.0.0/model.onnx", bytes);
        using ObjectScene other = new();
        other.Write("model.onnx", bytes);
        await other.PublishAsync("1.0.0");
        await _repository.AdoptAsync("m", TestTree.V("1.0.0"));
        Assert.That((await _provider.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest.EntryFile.Chunks, Is.EqualTo((await other.ManifestAsync())!.Manifest.EntryFile.Chunks));
    }

    [Test]
    public async Task Adopting_again_succeeds_and_finishes_the_aliases_unless_it_says_something_else()
    {
        Put("m/1.0.0/model.onnx", [1]);
        var first = await _repository.AdoptAsync("m", TestTree.V("1.0.0"), new PublishOptions { MoveLatest = false });
        var again = await _repository.AdoptAsync("m", TestTree.V("1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.AlreadyPublished, Is.True);
            Assert.That(again.Digest, Is.EqualTo(first.Digest));
            Assert.That(again.Aliases!.Aliases.Keys, Is.EqualTo(new[] { "latest" }));
            Assert.That(
                () => _repository.AdoptAsync("m", TestTree.V("1.0.0"), new PublishOptions { Metadata = new ModelMetadata { Licence = "MIT" } }),
                Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("differ"));
        }
    }

    [Test]
    public void What_cannot_be_a_version_is_refused_with_the_remedy()
    {
        Put("m/1/model.onnx", [1]);
        Put("m/2.0.0/readme.txt", [1]);
        Put("m/3.0.0/a.onnx", [1]);
        Put("m/3.0.0/b.onnx", [1]);
        Put("m/4.0.0/model.onnx", [1]);
        Put("m/4.0.0/aux.txt", [1]);
        Put("m/5.0.0/model.onnx", [1]);
        Put("m/5.0.0/model.sig", [1]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _repository.AdoptAsync("m", TestTree.V("1.0.0")), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("renamed to 1.0.0"));
            Refuses("2.0.0", "it holds no .onnx file");
            Refuses("3.0.0", "PublishOptions.Entry");
            Refuses("4.0.0", "device name on Windows");
            Refuses("5.0.0", "reserved");
            Assert.That(() => _repository.AdoptAsync("m", TestTree.V("3.0.0"), new PublishOptions { Entry = "b.onnx" }), Throws.Nothing);
        }

        void Refuses(string version, string because) =>
            Assert.That(() => _repository.AdoptAsync("m", TestTree.V(version)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains(because));
    }

    [Test]
    public async Task Of_those_who_adopt_at_once_all_get_the_same()
    {
        Put("m/1.0.0/model.onnx", new byte[1 << 20]);
        var adopted = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ObjectScene.Over([_provider]).AdoptAsync("m", TestTree.V("1.0.0")))));
        using (Assert.EnterMultipleScope())
        {
            // A manifest says when it was made. Where two come to the very same bytes, an object store cannot tell whose write it was.
            Assert.That(adopted.Count(static one => !one.AlreadyPublished), inFolder ? Is.EqualTo(1) : Is.GreaterThanOrEqualTo(1));
            Assert.That(adopted.Select(static one => one.Digest).Distinct().Count(), Is.EqualTo(1));
        }
    }

    private void Put(string path, byte[] content)
    {
        if (inFolder)
        {
            _tree.Write(path, content);
        }
        else
        {
            _store.Set(path, content);
        }
    }
}
