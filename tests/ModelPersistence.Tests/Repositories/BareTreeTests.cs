using ModelPersistence.Models;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class BareTreeTests
{
    private TestTree _tree = null!;

    [SetUp]
    public void SetUp() => _tree = new TestTree();

    [TearDown]
    public void TearDown() => _tree.Dispose();

    [TestCase("1.2.0/model.onnx", "1.2.0", "model.onnx")]
    [TestCase("1.2.0/other.onnx", "1.2.0", "other.onnx")]
    [TestCase("3/model.onnx", "3.0.0", "model.onnx")]
    public async Task A_version_without_a_manifest_is_found_where_it_is_allowed(string file, string version, string entry)
    {
        var path = _tree.Write($"m/{file}");
        var found = await _tree.Provider(allowUnmanifested: true).FindUnmanifestedAsync("m", TestTree.V(version), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found?.Entry, Is.EqualTo(entry));
            Assert.That(found?.EntryPath, Is.EqualTo(path));
            Assert.That(found?.Version, Is.EqualTo(TestTree.V(version)));
            Assert.That(await _tree.Provider().FindUnmanifestedAsync("m", TestTree.V(version), default), Is.Null);
        }
    }

    [Test]
    public async Task All_files_of_the_version_are_named_in_order()
    {
        _tree.Write("m/1.0.0/model.onnx");
        _tree.Write("m/1.0.0/model.onnx.data");
        _tree.Write("m/1.0.0/vocab/words.txt");
        _tree.Write("m/1.0.0/Extra.onnx");
        _tree.Write("m/1.0.0/.gitattributes");
        _tree.Write("m/1.0.0/.prepared/x/graph.onnx");
        var found = await _tree.Provider(allowUnmanifested: true).FindUnmanifestedAsync("m", TestTree.V("1.0.0"), default);
        Assert.That(found?.Files, Is.EqualTo(new[] { "Extra.onnx", "model.onnx", "model.onnx.data", "vocab/words.txt" }));
    }

    [Test]
    public async Task Versions_and_integers_are_listed_once()
    {
        _tree.Write("m/1.0.0/model.onnx");
        _tree.Write("m/1/model.onnx");
        _tree.Write("m/2/model.onnx");
        _tree.Write("m/03/model.onnx");
        _tree.Write("m/99999999999/model.onnx");
        _tree.Write("m/4/readme.txt");
        var provider = _tree.Provider(allowUnmanifested: true);
        var versions = await provider.ListVersionsAsync("m", default).Select(static version => version.ToString()).ToListAsync();
        var first = await provider.FindUnmanifestedAsync("m", TestTree.V("1.0.0"), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(versions, Is.EquivalentTo(new[] { "1.0.0", "2.0.0" }));
            Assert.That(first?.Folder, Is.EqualTo(_tree["m/1.0.0"]), "the full version is preferred to the integer");
        }
    }

    [Test]
    public void Several_files_that_could_be_the_model_are_refused_with_the_remedy()
    {
        _tree.Write("m/1.0.0/a.onnx");
        _tree.Write("m/1.0.0/b.onnx");
        Assert.That(
            async () => await _tree.Provider(allowUnmanifested: true).FindUnmanifestedAsync("m", TestTree.V("1.0.0"), default),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("2 .onnx files (a.onnx, b.onnx) and none is called model.onnx").And.Message.Contains("Rename"));
    }

    [Test]
    public async Task Links_are_not_part_of_the_version()
    {
        _tree.Write("m/1.0.0/model.onnx");
        File.CreateSymbolicLink(_tree["m/1.0.0/weights.bin"], _tree["m/1.0.0/model.onnx"]);
        Directory.CreateSymbolicLink(_tree["m/1.0.0/loop"], _tree["m"]);
        var found = await _tree.Provider(allowUnmanifested: true).FindUnmanifestedAsync("m", TestTree.V("1.0.0"), default);
        Assert.That(found?.Files, Is.EqualTo(new[] { "model.onnx" }));
    }
}
