using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>Versions whose files are local already: nothing is copied, nothing unverified is given out unless asked for.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ModelStoreInPlaceTests
{
    private readonly TestModel _model = TestModel.Create();

    [Test]
    public async Task A_new_version_is_hashed_and_a_later_start_trusts_the_record()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        var folder = _model.WriteTo(scene.Folder["tree"]);

        var first = scene.Start();
        var hashed = await scene.EnsureAsync(first, _model.At(tree));
        await scene.RestAsync(first);
        var trusted = await scene.EnsureAsync(scene.Start(), _model.At(tree));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(hashed.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(hashed.EntryPath, Is.EqualTo(Path.Combine(folder, "model.onnx")));
            Assert.That(trusted.Trust, Is.EqualTo(TrustBasis.Record));
        }
    }

    [Test]
    public async Task No_record_is_trusted_after_a_change_that_was_made_to_look_like_none()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        var folder = _model.WriteTo(scene.Folder["tree"]);
        var first = scene.Start();
        await scene.EnsureAsync(first, _model.At(tree));
        await scene.RestAsync(first);

        TestFiles.AlterUnnoticed(Path.Combine(folder, "data/weights.bin"));

        Assert.That(async () => await scene.EnsureAsync(scene.Start(), _model.At(tree)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("chunk 1 "));
    }

    [Test]
    public async Task A_trusted_version_costs_no_task_and_completes_at_once()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        _model.WriteTo(scene.Folder["tree"]);
        var first = scene.Start();
        await scene.EnsureAsync(first, _model.At(tree));
        await scene.RestAsync(first);

        var second = scene.Start();
        var fetch = second.FetchAsync(_model.At(tree), keepGoing: false, CancellationToken.None);
        Assert.That(fetch.IsCompletedSuccessfully, Is.True);
        var verify = second.VerifyAsync(await fetch, keepGoing: false, CancellationToken.None);
        Assert.That(verify.IsCompletedSuccessfully, Is.True);
        await verify;
    }

    [TestCase("truncated")]
    [TestCase("altered")]
    [TestCase("missing")]
    [TestCase("longer")]
    [TestCase("link")]
    public async Task A_damaged_version_is_refused(string damage)
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        Damage(Path.Combine(_model.WriteTo(scene.Folder["tree"]), "data/weights.bin"), damage);

        Assert.That(async () => await scene.EnsureAsync(scene.Start(), _model.At(tree)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("weights.bin"));
    }

    [Test]
    public async Task A_file_that_the_manifest_does_not_name_is_left_alone()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        var folder = _model.WriteTo(scene.Folder["tree"]);
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "not ours");

        Assert.That((await scene.EnsureAsync(scene.Start(), _model.At(tree))).Trust, Is.EqualTo(TrustBasis.Hashed));
    }

    [Test]
    public async Task A_version_of_an_image_is_given_out_first_and_hashed_after()
    {
        await using StoreScene scene = new();
        var image = scene.AddTree("image", verification: VerificationMode.Background);
        _model.WriteTo(scene.Folder["image"]);
        var store = scene.Start();

        var stored = await store.FetchAsync(_model.At(image), keepGoing: false, CancellationToken.None);
        Assert.That((await store.VerifyAsync(stored, keepGoing: false, CancellationToken.None)).Trust, Is.EqualTo(TrustBasis.Deferred));

        await store.VerifyDeferredAsync(stored, CancellationToken.None);
        await scene.RestAsync(store);
        Assert.That((await scene.EnsureAsync(scene.Start(), _model.At(image))).Trust, Is.EqualTo(TrustBasis.Record));
    }

    [Test]
    public async Task What_was_given_out_first_and_is_damaged_is_found_after()
    {
        await using StoreScene scene = new();
        var image = scene.AddTree("image", verification: VerificationMode.Background);
        Damage(Path.Combine(_model.WriteTo(scene.Folder["image"]), "data/weights.bin"), "altered");
        var store = scene.Start();
        var stored = await store.FetchAsync(_model.At(image), keepGoing: false, CancellationToken.None);

        Assert.That(async () => await store.VerifyDeferredAsync(stored, CancellationToken.None), Throws.TypeOf<ModelIntegrityException>());
    }

    [Test]
    public async Task A_provider_that_wants_no_verification_gets_none()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree", verification: VerificationMode.None);
        Damage(Path.Combine(_model.WriteTo(scene.Folder["tree"]), "data/weights.bin"), "altered");

        Assert.That((await scene.EnsureAsync(scene.Start(), _model.At(tree))).Trust, Is.EqualTo(TrustBasis.Unverified));
    }

    [Test]
    public async Task With_nothing_writable_anywhere_it_is_verified_each_time_and_still_served()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        _model.WriteTo(scene.Folder["tree"]);
        File.WriteAllText(scene.CachePath, "a file where the cache should be");

        for (var start = 0; start < 2; start++)
        {
            var store = scene.Start();
            Assert.That((await scene.EnsureAsync(store, _model.At(tree))).Trust, Is.EqualTo(TrustBasis.Hashed));
            await scene.RestAsync(store);
            Assert.That(store.WhyNothingWritable(), Does.Contain("ModelManagement:CachePath").And.Contain(scene.CachePath));
        }
    }

    [Test]
    public async Task Any_number_of_callers_cause_one_verification()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        var folder = _model.WriteTo(scene.Folder["tree"]);
        var store = scene.Start();

        var callers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.EnsureAsync(store, _model.At(tree))));

        Assert.That(callers.Select(static local => local.EntryPath), Has.All.EqualTo(Path.Combine(folder, "model.onnx")));
    }

    [Test]
    public async Task A_model_without_a_manifest_passes_through()
    {
        await using StoreScene scene = new();
        var tree = scene.AddTree("tree");
        UnmanifestedModel bare = new("m", ModelVersion.Parse("0.0.0"), scene.Folder.Root, "model.onnx", ["model.onnx"]);
        ResolvedModel resolved = new() { Reference = ModelReference.Parse("m"), Version = bare.Version, Provider = tree, Unmanifested = bare };

        var local = await scene.EnsureAsync(scene.Start(), resolved);

        Assert.That((local.EntryPath, local.Trust), Is.EqualTo((scene.Folder["model.onnx"], TrustBasis.Unverified)));
    }

    internal static void Damage(string path, string damage)
    {
        switch (damage)
        {
            case "truncated":
                using (var stream = File.OpenWrite(path))
                {
                    stream.SetLength(stream.Length / 2);
                }

                break;
            case "altered":
                TestFiles.AlterUnnoticed(path);
                break;
            case "missing":
                File.Delete(path);
                break;
            case "longer":
                File.AppendAllText(path, "x");
                break;
            default:
                File.Move(path, path + ".moved");
                File.CreateSymbolicLink(path, path + ".moved");
                break;
        }
    }
}
