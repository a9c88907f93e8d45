using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Aliases that are split over versions, in a folder and in an object store.</summary>
[TestFixture(false)]
[TestFixture(true)]
[CancelAfter(60_000)]
public sealed class SplitAliasTests(bool inFolder)
{
    private static readonly AliasTarget Both = TestTree.Target("1.0.0 (90), 2.0.0 (10)");

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
        await PublishAsync("1.0.0");
        await PublishAsync("2.0.0");
    }

    [TearDown]
    public void TearDown()
    {
        _tree.Dispose();
        _scene.Dispose();
    }

    [Test]
    public async Task An_alias_is_split_reweighted_and_made_one_again()
    {
        var split = await _repository.SetAliasAsync("m", "stable", Both);
        var again = await _repository.SetAliasAsync("m", "stable", AliasTarget.Split(new(TestTree.V("2.0.0"), 10), new(TestTree.V("1.0.0"), 90)));
        var moved = await _repository.SetAliasAsync("m", "stable", TestTree.Target("1.0.0 (50), 2.0.0 (50)"));
        var read = await _provider.GetAliasesAsync("m", default);
        var ended = await _repository.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((split.Aliases["stable"], split.Revision), Is.EqualTo((Both, 3L)));
            Assert.That(again.Revision, Is.EqualTo(3), "the same split again changes nothing");
            Assert.That((read!.Aliases["stable"], read.Revision), Is.EqualTo((moved.Aliases["stable"], 4L)));
            Assert.That((ended.Aliases["stable"].Single, ended.Revision), Is.EqualTo((TestTree.V("2.0.0"), 5L)));
        }
    }

    [Test]
    public async Task Every_version_of_a_split_must_be_there()
    {
        Assert.That(
            () => _repository.SetAliasAsync("m", "stable", TestTree.Target("1.0.0 (90), 3.0.0 (10)")),
            Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("m:3.0.0"));
        Assert.That((await _provider.GetAliasesAsync("m", default))!.Aliases, Does.Not.ContainKey("stable"));
    }

    [Test]
    public async Task A_listing_names_an_alias_at_each_of_its_versions()
    {
        await _repository.SetAliasAsync("m", "stable", Both);
        var listed = await _repository.ListVersionsAsync("m").ToDictionaryAsync(static version => version.Version.ToString(), static version => string.Join(' ', version.Aliases));
        Assert.That(listed, Is.EquivalentTo(new Dictionary<string, string> { ["1.0.0"] = "stable", ["2.0.0"] = "latest stable" }));
    }

    [Test]
    public async Task Publishing_does_not_end_a_split_of_latest()
    {
        await _repository.SetAliasAsync("m", "latest", Both);
        Assert.That((await PublishAsync("3.0.0")).Aliases!.Aliases["latest"], Is.EqualTo(Both));
    }

    [Test]
    public async Task A_version_of_a_split_goes_only_by_force_and_the_split_goes_on_without_it()
    {
        await PublishAsync("3.0.0");
        await _repository.SetAliasAsync("m", "stable", TestTree.Target("1.0.0 (80), 2.0.0 (15), 3.0.0 (5)"));
        await _repository.SetAliasAsync("m", "canary", TestTree.Target("2.0.0 (1), 3.0.0 (1)"));
        Assert.That(() => _repository.DeleteAsync("m", TestTree.V("3.0.0")), Throws.InvalidOperationException.With.Message.Contains("canary, latest, stable"));
        await _repository.DeleteAsync("m", TestTree.V("3.0.0"), new DeleteOptions { Force = true });
        var left = (await _provider.GetAliasesAsync("m", default))!.Aliases.ToDictionary(static alias => alias.Key, static alias => alias.Value.ToString());
        Assert.That(left, Is.EquivalentTo(new Dictionary<string, string> { ["stable"] = "1.0.0 (80), 2.0.0 (15)", ["canary"] = "2.0.0" }));
    }

    [Test]
    public async Task A_split_is_carried_to_another_repository_with_the_last_of_its_versions()
    {
        await _repository.SetAliasAsync("m", "stable", Both);
        using TestTree tree = new();
        var across = ObjectScene.Over([_provider, tree.Provider("other", acceptsPublishing: true)]);
        CopyOptions carry = new() { CarryAliases = true };
        var first = await across.CopyAsync(ModelReference.Parse("m:1.0.0"), _provider.Name, "other", carry);
        var last = await across.CopyAsync(ModelReference.Parse("m:2.0.0"), _provider.Name, "other", carry);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Aliases, Is.Null, "half a split would send everything to one version");
            Assert.That(last.Aliases!.Aliases["stable"], Is.EqualTo(Both));
            Assert.That(
                () => across.CopyAsync(ModelReference.Parse("m:stable"), _provider.Name, "other"),
                Throws.InvalidOperationException.With.Message.Contains("1.0.0 and 2.0.0"));
            Assert.That(() => across.GetManifestAsync(ModelReference.Parse("m:stable")), Throws.InvalidOperationException);
        }
    }

    private Task<PublishedModel> PublishAsync(string version) => _repository.PublishAsync(_scene.Source, "m", TestTree.V(version));
}
