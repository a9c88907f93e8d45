using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class ModelFileProviderTests
{
    private TestTree _tree = null!;

    [SetUp]
    public void SetUp() => _tree = new TestTree();

    [TearDown]
    public void TearDown() => _tree.Dispose();

    [Test]
    public async Task A_single_file_is_version_0_0_0_and_latest()
    {
        _tree.Write("sentiment.onnx");
        _tree.Write("sentiment.onnx.data");
        _tree.Write("unrelated.onnx");
        var provider = New();
        var found = await provider.FindUnmanifestedAsync("sentiment", ModelFileProvider.FileVersion, default);
        var aliases = await provider.GetAliasesAsync("sentiment", default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found?.EntryPath, Is.EqualTo(_tree["sentiment.onnx"]));
            Assert.That(found?.Files, Is.EqualTo(new[] { "sentiment.onnx", "sentiment.onnx.data" }));
            Assert.That(aliases?.Aliases["latest"], Is.EqualTo(TestTree.Target("0.0.0")));
            Assert.That(await provider.ListModelsAsync(default).ToListAsync(), Is.EqualTo(new[] { "sentiment" }));
            Assert.That(await provider.ListVersionsAsync("sentiment", default).ToListAsync(), Is.EqualTo(new[] { TestTree.V("0.0.0") }));
        }
    }

    [Test]
    public async Task Other_models_and_versions_are_not_here()
    {
        _tree.Write("sentiment.onnx");
        var provider = New();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await provider.FindUnmanifestedAsync("sentiment", TestTree.V("1.0.0"), default), Is.Null);
            Assert.That(await provider.FindUnmanifestedAsync("other", TestTree.V("0.0.0"), default), Is.Null);
            Assert.That(await provider.GetAliasesAsync("other", default), Is.Null);
            Assert.That(await provider.GetManifestAsync("sentiment", TestTree.V("0.0.0"), default), Is.Null);
            Assert.That(await provider.ListVersionsAsync("other", default).CountAsync(), Is.Zero);
        }
    }

    [Test]
    public void A_missing_file_is_named_with_its_model_and_the_setting() =>
        Assert.That(
            async () => await New().FindUnmanifestedAsync("sentiment", ModelFileProvider.FileVersion, default),
            Throws.TypeOf<ModelStorageException>()
                .With.Message.Contains(_tree["sentiment.onnx"])
                .And.Message.Contains("model 'sentiment'")
                .And.Message.Contains("AddModelFile(\"sentiment\", ...) or the File of its entry under ModelManagement:Models"));

    [Test]
    public async Task Data_that_the_model_names_itself_is_asked_for_where_a_reader_is_given()
    {
        _tree.Write("sentiment.onnx");
        _tree.Write("weights/part.bin");
        ModelFileProvider provider = new(new Dictionary<string, string> { ["sentiment"] = _tree["sentiment.onnx"] }, static _ => ["weights/part.bin"]);
        var found = await provider.FindUnmanifestedAsync("sentiment", ModelFileProvider.FileVersion, default);
        Assert.That(found?.Files, Is.EqualTo(new[] { "sentiment.onnx", "weights/part.bin" }));
    }

    private ModelFileProvider New() => new(new Dictionary<string, string> { ["sentiment"] = _tree["sentiment.onnx"] });
}
