using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>A version in one repository and a second repository that it is copied to; each is a folder or an object store.</summary>
internal abstract class CopyFixture(bool fromFolder, bool toFolder)
{
    protected bool FromFolder => fromFolder;

    protected bool ToFolder => toFolder;

    protected static ModelReference One { get; } = ModelReference.Parse("m:1.0.0");

    protected TestTree FromTree { get; private set; } = null!;

    protected TestTree ToTree { get; private set; } = null!;

    protected InMemoryObjectStore FromStore { get; private set; } = null!;

    protected InMemoryObjectStore ToStore { get; private set; } = null!;

    protected FaultyStorageProvider Source { get; private set; } = null!;

    protected IStorageProvider From { get; private set; } = null!;

    protected IStorageProvider Target { get; private set; } = null!;

    protected ObjectScene Scene { get; private set; } = null!;

    protected ModelRepository Repository { get; private set; } = null!;

    protected byte[] Weights { get; private set; } = null!;

    protected Sha256Digest Digest { get; private set; }

    [SetUp]
    public async Task SetUp()
    {
        (Scene, FromTree, ToTree) = (new ObjectScene(), new TestTree(), new TestTree());
        (FromStore, ToStore) = (new InMemoryObjectStore("eu"), new InMemoryObjectStore("us"));
        From = fromFolder ? FromTree.Provider("eu", acceptsPublishing: true) : new ObjectRepository("eu", FromStore);
        Target = toFolder ? ToTree.Provider("us", acceptsPublishing: true) : new ObjectRepository("us", ToStore);
        Source = new FaultyStorageProvider(From);
        Repository = NewRepository();
        Weights = new byte[(9 << 20) + 5];
        new Random(1).NextBytes(Weights);
        Scene.Write("model.onnx", "graph");
        Scene.Write("data/weights.bin", Weights);
        Scene.Write("empty.bin", "");
        Digest = (await ObjectScene.Over([From]).PublishAsync(Scene.Source, "m", TestTree.V("1.0.0"), new PublishOptions { Aliases = ["stable"] })).Digest;
    }

    [TearDown]
    public void TearDown()
    {
        Scene.Dispose();
        FromTree.Dispose();
        ToTree.Dispose();
    }

    protected ModelRepository NewRepository() => ObjectScene.Over([Source, Target]);

    protected string SpoilWeights()
    {
        var manifest = From.GetManifestAsync("m", TestTree.V("1.0.0"), default).AsTask().GetAwaiter().GetResult()!.Manifest;
        var path = $"m/1.0.0/{manifest.Files.First(static file => file.Path == "data/weights.bin").StoredAt}";
        var bad = (byte[])Weights.Clone();
        bad[^100] ^= 1;
        Put(path, bad);
        return path;
    }

    protected void Mend(string path) => Put(path, Weights);

    protected void Put(string path, byte[] content)
    {
        if (fromFolder)
        {
            File.WriteAllBytes(FromTree[path], content);
        }
        else
        {
            FromStore.Set(path, content);
        }
    }

    protected async Task AssertWholeAsync()
    {
        var document = (await Target.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        Assert.That(document.Digest, Is.EqualTo(Digest));
        foreach (var file in document.Manifest.Files)
        {
            await using var stream = await Target.OpenReadAsync(document.Manifest, file, 0, file.Size, default);
            using MemoryStream bytes = new();
            await stream.CopyToAsync(bytes);
            Assert.That(Sha256Digest.Of(bytes.ToArray()), Is.EqualTo(file.Sha256), file.Path);
        }
    }
}
