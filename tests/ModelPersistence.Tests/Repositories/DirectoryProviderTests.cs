using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class DirectoryProviderTests
{
    private TestTree _tree = null!;

    [SetUp]
    public void SetUp() => _tree = new TestTree();

    [TearDown]
    public void TearDown() => _tree.Dispose();

    [Test]
    public async Task A_manifest_is_read_with_the_digest_of_its_bytes(CancellationToken cancellationToken)
    {
        var written = _tree.AddVersion("m", "1.0.0");
        var read = await _tree.Provider().GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken);
        Assert.That(read?.Digest, Is.EqualTo(written.Digest));
    }

    [Test]
    public void A_local_tree_is_read_without_leaving_the_thread()
    {
        _tree.AddVersion("m", "1.0.0");
        _tree.AddAliases("m", 1, ("latest", "1.0.0"));
        var provider = _tree.Provider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(provider.GetManifestAsync("m", TestTree.V("1.0.0"), default).AsTask().IsCompletedSuccessfully, Is.True);
            Assert.That(provider.GetAliasesAsync("m", default).AsTask().IsCompletedSuccessfully, Is.True);
            Assert.That(provider.GetManifestAsync("m", TestTree.V("2.0.0"), default).AsTask().IsCompletedSuccessfully, Is.True);
        }
    }

    [Test]
    public async Task What_is_not_there_is_null_or_empty_and_no_failure(CancellationToken cancellationToken)
    {
        _tree.AddVersion("m", "1.0.0");
        var provider = _tree.Provider(allowUnmanifested: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await provider.GetManifestAsync("m", TestTree.V("2.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.GetManifestAsync("other", TestTree.V("1.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.GetAliasesAsync("m", cancellationToken), Is.Null);
            Assert.That(await provider.FindUnmanifestedAsync("other", TestTree.V("1.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.ListVersionsAsync("other", cancellationToken).ToListAsync(cancellationToken), Is.Empty);
        }
    }

    [Test]
    public async Task Without_its_manifest_a_version_does_not_exist(CancellationToken cancellationToken)
    {
        _tree.AddVersion("m", "1.0.0");
        _tree.Write("m/2.0.0/model.onnx");
        var provider = _tree.Provider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await provider.GetManifestAsync("m", TestTree.V("2.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.FindUnmanifestedAsync("m", TestTree.V("2.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.ListVersionsAsync("m", cancellationToken).ToListAsync(cancellationToken), Is.EqualTo(new[] { TestTree.V("1.0.0") }));
        }
    }

    [Test]
    public async Task Listings_leave_out_what_is_no_model_or_version(CancellationToken cancellationToken)
    {
        _tree.AddVersion("m", "1.0.0");
        _tree.AddVersion("m", "1.1.0-rc.1");
        _tree.AddVersion("n", "0.1.0");
        _tree.Write(".partial/publish-1/model.onnx");
        _tree.Write("m/.aliases/1.json");
        _tree.Write("m/not-a-version/manifest.json");
        _tree.Write("m/7/manifest.json");
        _tree.Write("Upper/1.0.0/manifest.json");
        _tree.Write("empty/readme.txt");
        var provider = _tree.Provider();
        var versions = await provider.ListVersionsAsync("m", cancellationToken).Select(static version => version.ToString()).ToListAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(versions, Is.EquivalentTo(new[] { "1.0.0", "1.1.0-rc.1" }));
            Assert.That(await provider.ListModelsAsync(cancellationToken).ToListAsync(cancellationToken), Is.EquivalentTo(new[] { "m", "n" }));
        }
    }

    [Test]
    public void A_missing_root_means_that_nobody_looked()
    {
        DirectoryProvider provider = new(new DirectoryProviderOptions { Name = "baked", Path = _tree["nowhere"] }, TimeProvider.System);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await provider.GetManifestAsync("m", TestTree.V("1.0.0"), default), CouldNotLook());
            Assert.That(async () => await provider.GetAliasesAsync("m", default), CouldNotLook());
            Assert.That(async () => await provider.ListVersionsAsync("m", default).CountAsync(), CouldNotLook());
            Assert.That(async () => await provider.ListModelsAsync(default).CountAsync(), CouldNotLook());
        }

        NUnit.Framework.Constraints.Constraint CouldNotLook() =>
            Throws.TypeOf<ModelStorageException>()
                .With.Message.Contains("the folder does not exist")
                .And.Message.Contains(_tree["nowhere"])
                .And.Message.Contains("the Path of 'baked' under ModelManagement:Providers")
                .And.Property(nameof(ModelStorageException.ProviderName)).EqualTo("baked")
                .And.Property(nameof(ModelPersistenceException.IsTransient)).EqualTo(false);
    }

    [Test]
    public void A_volume_that_is_not_mounted_may_come_back()
    {
        DirectoryProvider provider = new(new DirectoryProviderOptions { Name = "efs", Path = _tree["nowhere"], VolumeTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        Assert.That(
            async () => await provider.GetManifestAsync("m", TestTree.V("1.0.0"), default),
            Throws.TypeOf<ModelStorageException>().With.Property(nameof(ModelPersistenceException.IsTransient)).EqualTo(true));
    }

    [Test]
    public async Task A_cache_that_does_not_exist_yet_is_empty(CancellationToken cancellationToken)
    {
        DirectoryProvider provider = new(new DirectoryProviderOptions { Name = "cache", Path = _tree["nowhere"], RootMayBeAbsent = true }, TimeProvider.System);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await provider.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken), Is.Null);
            Assert.That(await provider.ListModelsAsync(cancellationToken).CountAsync(cancellationToken), Is.Zero);
        }
    }

    [Test]
    public void Documents_that_are_broken_name_the_model_and_the_file()
    {
        _tree.Write("m/1.0.0/manifest.json", "{ broken");
        _tree.Write("m/aliases.json", "");
        var provider = _tree.Provider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await provider.GetManifestAsync("m", TestTree.V("1.0.0"), default), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("manifest.json of model 'm'"));
            Assert.That(async () => await provider.GetAliasesAsync("m", default), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("aliases.json of model 'm'"));
        }
    }

    [Test]
    public void A_huge_document_is_refused_before_it_is_read()
    {
        var path = _tree.Write("m/1.0.0/manifest.json");
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(1L << 40);
        }

        Assert.That(async () => await _tree.Provider().GetManifestAsync("m", TestTree.V("1.0.0"), default), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("1099511627776 bytes"));
    }

    [Test]
    public async Task A_folder_called_manifest_json_is_no_manifest(CancellationToken cancellationToken)
    {
        _tree.Write("m/1.0.0/manifest.json/folder/x");
        Assert.That(await _tree.Provider().GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken), Is.Null);
    }

    [Test]
    public async Task A_range_of_a_file_is_read(CancellationToken cancellationToken)
    {
        var document = _tree.AddVersion("m", "1.0.0", "0123456789");
        foreach (var timeout in new TimeSpan?[] { null, TimeSpan.FromSeconds(30) })
        {
            var provider = _tree.Provider(timeout: timeout);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(await ReadAsync(0, 10), Is.EqualTo("0123456789"));
                Assert.That(await ReadAsync(3, 4), Is.EqualTo("3456"));
                Assert.That(await ReadAsync(8, 100), Is.EqualTo("89"));
                Assert.That(await ReadAsync(10, 1), Is.Empty);
                Assert.That(await ReadAsync(5, 0), Is.Empty);
                Assert.That(async () => await ReadAsync(-1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            }

            async Task<string> ReadAsync(long offset, long length)
            {
                await using var stream = await provider.OpenReadAsync(document.Manifest, document.Manifest.EntryFile, offset, length, cancellationToken);
                using StreamReader reader = new(stream, Encoding.UTF8);
                return await reader.ReadToEndAsync(cancellationToken);
            }
        }
    }

    [Test]
    public void A_file_that_its_manifest_names_and_that_is_missing_is_a_failure()
    {
        var document = _tree.AddVersion("m", "1.0.0");
        File.Delete(_tree["m/1.0.0/model.onnx"]);
        Assert.That(
            async () => await _tree.Provider().OpenReadAsync(document.Manifest, document.Manifest.EntryFile, 0, 1, default),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("the file is missing although the manifest names it").And.Message.Contains("m/1.0.0/model.onnx"));
    }

    [Test]
    public async Task The_location_says_where_the_bytes_lie(CancellationToken cancellationToken)
    {
        var document = _tree.AddVersion("m", "1.0.0", "right");
        _tree.Write("m/1.0.0/content-1/model.onnx", "moved");
        var file = document.Manifest.EntryFile with { Location = "content-1/model.onnx" };
        var provider = _tree.Provider();
        await using var stream = await provider.OpenReadAsync(document.Manifest, file, 0, 5, cancellationToken);
        using StreamReader reader = new(stream);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await reader.ReadToEndAsync(cancellationToken), Is.EqualTo("moved"));
            Assert.That(provider.GetLocalPath(document.Manifest, file), Is.EqualTo(_tree["m/1.0.0/content-1/model.onnx"]));
        }
    }

    [Test]
    public void A_manifest_made_by_hand_cannot_lead_out_of_its_folder()
    {
        var document = _tree.AddVersion("m", "1.0.0");
        var file = document.Manifest.EntryFile with { Location = "../../secret" };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _tree.Provider().GetLocalPath(document.Manifest, file), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'../../secret'"));
            Assert.That(async () => await _tree.Provider().OpenReadAsync(document.Manifest, file, 0, 1, default), Throws.TypeOf<ModelIntegrityException>());
            Assert.That(() => _tree.Provider().GetLocalPath(document.Manifest with { Name = "../m" }, document.Manifest.EntryFile), Throws.ArgumentException);
        }
    }

    [Test]
    public void A_model_name_that_is_none_never_becomes_a_path()
    {
        var provider = _tree.Provider(allowUnmanifested: true);
        foreach (var name in new[] { "../m", "a/b", "", "C:", "Upper", "\0" })
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(async () => await provider.GetAliasesAsync(name, default), Throws.ArgumentException);
                Assert.That(async () => await provider.GetManifestAsync(name, TestTree.V("1.0.0"), default), Throws.ArgumentException);
                Assert.That(async () => await provider.FindUnmanifestedAsync(name, TestTree.V("1.0.0"), default), Throws.ArgumentException);
                Assert.That(async () => await provider.ListVersionsAsync(name, default).CountAsync(), Throws.ArgumentException);
            }
        }
    }
}
