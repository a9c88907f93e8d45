using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class TreeGuardTests
{
    private TestTree _tree = null!;
    private TemporaryFolder _outside = null!;

    [SetUp]
    public void SetUp() => (_tree, _outside) = (new TestTree(), new TemporaryFolder());

    [TearDown]
    public void TearDown()
    {
        _tree.Dispose();
        _outside.Dispose();
    }

    [TestCase("m")]
    [TestCase("m/1.0.0")]
    [TestCase("m/1.0.0/sub")]
    [TestCase("m/1.0.0/sub/model.onnx")]
    public void A_link_at_any_level_below_the_root_is_refused(string level)
    {
        var document = _tree.AddVersion("m", "1.0.0", path: "sub/model.onnx");
        var target = _outside["target"];
        if (level.EndsWith(".onnx", StringComparison.Ordinal))
        {
            File.Move(_tree[level], target);
            File.CreateSymbolicLink(_tree[level], target);
        }
        else
        {
            Directory.Move(_tree[level], target);
            Directory.CreateSymbolicLink(_tree[level], target);
        }

        var provider = _tree.Provider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => provider.GetLocalPath(document.Manifest, document.Manifest.EntryFile), RefusedAsLink());
            Assert.That(async () => await provider.OpenReadAsync(document.Manifest, document.Manifest.EntryFile, 0, 1, default), RefusedAsLink());
        }

        NUnit.Framework.Constraints.Constraint RefusedAsLink() =>
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains($"'{_tree[level]}' is a symbolic link").And.Message.Contains("model 'm'");
    }

    [Test]
    public void A_link_within_the_tree_is_refused_as_well()
    {
        var document = _tree.AddVersion("m", "1.0.0");
        _tree.AddVersion("n", "1.0.0");
        File.Delete(_tree["m/1.0.0/model.onnx"]);
        File.CreateSymbolicLink(_tree["m/1.0.0/model.onnx"], "../../n/1.0.0/model.onnx");
        Assert.That(() => _tree.Provider().GetLocalPath(document.Manifest, document.Manifest.EntryFile), Throws.TypeOf<ModelIntegrityException>());
    }

    [Test]
    public void A_link_that_leads_nowhere_is_refused_and_not_missing()
    {
        var document = _tree.AddVersion("m", "1.0.0");
        File.Delete(_tree["m/1.0.0/model.onnx"]);
        File.CreateSymbolicLink(_tree["m/1.0.0/model.onnx"], _outside["nothing"]);
        Assert.That(() => _tree.Provider().GetLocalPath(document.Manifest, document.Manifest.EntryFile), Throws.TypeOf<ModelIntegrityException>());
    }

    [Test]
    public async Task The_root_itself_may_be_a_link(CancellationToken cancellationToken)
    {
        var document = _tree.AddVersion("m", "1.0.0");
        Directory.CreateSymbolicLink(_outside["current"], _tree.Root);
        ModelPersistence.Repositories.DirectoryProvider provider =
            new(new() { Name = "linked", Path = _outside["current"] + Path.DirectorySeparatorChar }, TimeProvider.System);
        await using var stream = await provider.OpenReadAsync(document.Manifest, document.Manifest.EntryFile, 0, 5, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(provider.GetLocalPath(document.Manifest, document.Manifest.EntryFile), Is.EqualTo(_outside["current/m/1.0.0/model.onnx"]));
            Assert.That(stream.ReadByte(), Is.EqualTo('b'));
        }
    }

    [Test]
    public void A_folder_in_the_place_of_a_file_is_refused()
    {
        var document = _tree.AddVersion("m", "1.0.0");
        File.Delete(_tree["m/1.0.0/model.onnx"]);
        Directory.CreateDirectory(_tree["m/1.0.0/model.onnx"]);
        Assert.That(
            () => _tree.Provider().GetLocalPath(document.Manifest, document.Manifest.EntryFile),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it is a folder where a file is expected"));
    }

    [Test]
    public void A_file_that_is_missing_has_a_path_all_the_same()
    {
        // It may appear: attribute caches of network volumes lag behind. Whoever opens it decides.
        var document = _tree.AddVersion("m", "1.0.0");
        File.Delete(_tree["m/1.0.0/model.onnx"]);
        Assert.That(_tree.Provider().GetLocalPath(document.Manifest, document.Manifest.EntryFile), Is.EqualTo(_tree["m/1.0.0/model.onnx"]));
    }
}
