using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Publishing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture]
[CancelAfter(60_000)]
public sealed class ModelRepositoryTests
{
    private PublishingFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new PublishingFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task A_folder_becomes_a_version_that_every_reader_can_check()
    {
        _fixture.Write("model.onnx", "graph");
        _fixture.Write("weights/part.bin", "weights");
        _fixture.Write(".gitattributes");
        var published = await _fixture.PublishAsync("1.0.0", new PublishOptions { Metadata = new ModelMetadata { Framework = "test" } });
        var document = await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(published.AlreadyPublished, Is.False);
            Assert.That(published.Repository, Is.EqualTo("volume"));
            Assert.That(published.Digest, Is.EqualTo(document!.Digest));
            Assert.That(document.Manifest.Entry, Is.EqualTo("model.onnx"));
            Assert.That(document.Manifest.Metadata?.Framework, Is.EqualTo("test"));
            Assert.That(document.Manifest.Files.Select(static file => (file.Path, file.Size, file.Sha256)), Is.EqualTo(new[]
            {
                ("model.onnx", 5L, Sha256Digest.Of("graph"u8)),
                ("weights/part.bin", 7L, Sha256Digest.Of("weights"u8)),
            }));
            Assert.That(_fixture.Visible(), Is.EqualTo(new[] { "m/1.0.0/manifest.json", "m/1.0.0/model.onnx", "m/1.0.0/weights/part.bin", "m/aliases.json" }));
            Assert.That(File.ReadAllText(_fixture.Tree["m/1.0.0/weights/part.bin"]), Is.EqualTo("weights"));
            Assert.That(Directory.EnumerateFileSystemEntries(_fixture.Tree[".partial"]), Is.Empty);
        }
    }

    [Test]
    public async Task A_single_file_is_published_with_the_data_beside_it()
    {
        var path = _fixture.Write("net.onnx", "graph");
        _fixture.Write("net.onnx.data", "weights");
        _fixture.Write("unrelated.txt");
        await _fixture.Publisher.PublishAsync(path, "m", TestTree.V("1.0.0"));
        var document = await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(document!.Manifest.Entry, Is.EqualTo("net.onnx"));
            Assert.That(document.Manifest.Files.Select(static file => file.Path), Is.EqualTo(new[] { "net.onnx", "net.onnx.data" }));
        }
    }

    [Test]
    public async Task A_file_of_many_megabytes_is_copied_whole()
    {
        var bytes = new byte[(3 << 20) + 17];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(_fixture.Write("model.onnx"), bytes);
        await _fixture.PublishAsync("1.0.0");
        var file = (await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest.EntryFile;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Sha256, Is.EqualTo(Sha256Digest.Of(bytes)));
            Assert.That(file.Chunks, Has.Count.GreaterThan(1));
            Assert.That(File.ReadAllBytes(_fixture.Tree["m/1.0.0/model.onnx"]).AsSpan().SequenceEqual(bytes), Is.True);
        }
    }

    [Test]
    public async Task Publishing_the_same_again_succeeds_and_changes_nothing()
    {
        _fixture.Write("model.onnx", "graph");
        _fixture.Write("empty.bin", "");
        var first = await _fixture.PublishAsync("1.0.0");
        var stamp = File.GetLastWriteTimeUtc(_fixture.Tree["m/1.0.0/manifest.json"]);
        var second = await _fixture.PublishAsync("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.AlreadyPublished, Is.True);
            Assert.That(second.Digest, Is.EqualTo(first.Digest));
            Assert.That(second.Aliases?.Revision, Is.EqualTo(first.Aliases?.Revision));
            Assert.That(File.GetLastWriteTimeUtc(_fixture.Tree["m/1.0.0/manifest.json"]), Is.EqualTo(stamp));
        }
    }

    [Test]
    public async Task A_version_never_changes()
    {
        _fixture.Write("model.onnx", "graph");
        await _fixture.PublishAsync("1.0.0");
        _fixture.Write("model.onnx", "other");
        Refuses("its 'model.onnx' has other content");
        _fixture.Write("model.onnx", "graph");
        _fixture.Write("more.bin");
        Refuses("it has no file 'more.bin'");
        File.Delete(_fixture.SourcePath("more.bin"));
        Refuses("metadata, warm-up hints or golden samples differ", new PublishOptions { Metadata = new ModelMetadata { Framework = "new" } });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_fixture.Tree["m/1.0.0/model.onnx"]), Is.EqualTo("graph"));
            Assert.That(_fixture.Visible().Count(), Is.EqualTo(3));
        }

        void Refuses(string because, PublishOptions? options = null) =>
            Assert.That(() => _fixture.PublishAsync("1.0.0", options), Throws.TypeOf<ModelIntegrityException>()
                .With.Message.Contains(because).And.Message.Contains("publish under a new version").And.Message.Contains("'m' 1.0.0"));
    }

    [Test]
    public async Task A_version_that_lost_a_file_is_not_taken_for_the_same()
    {
        _fixture.Write("model.onnx", "graph");
        _fixture.Write("more.bin");
        await _fixture.PublishAsync("1.0.0");
        File.Delete(_fixture.SourcePath("more.bin"));
        Assert.That(() => _fixture.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it has 'more.bin' as well"));
    }

    [Test]
    public void What_cannot_be_a_version_is_refused_before_anything_is_written()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses("it holds no .onnx file");
            _fixture.Write("a.onnx");
            _fixture.Write("b.onnx");
            Refuses("it holds 2 .onnx files and none is called model.onnx", remedy: "PublishOptions.Entry");
            Refuses("it is to be the entry and is not in", new PublishOptions { Entry = "c.onnx" }, "PublishOptions.Entry");
            _fixture.Write("manifest.json");
            Refuses("'manifest.json' is reserved", new PublishOptions { Entry = "a.onnx" }, "");
            File.Delete(_fixture.SourcePath("manifest.json"));
            if (!OperatingSystem.IsWindows())
            {
                _fixture.Write("sub/Data.bin");
                _fixture.Write("sub/data.BIN");
                Refuses("collides", new PublishOptions { Entry = "a.onnx" }, "");
                Directory.Delete(_fixture.SourcePath("sub"), recursive: true);
                _fixture.Write("aux.txt");
                Refuses("is a device name on Windows", new PublishOptions { Entry = "a.onnx" });
                File.Delete(_fixture.SourcePath("aux.txt"));
                _fixture.Write("back\\slash");
                Refuses("it holds a control character", new PublishOptions { Entry = "a.onnx" });
            }

            Assert.That(Directory.EnumerateFileSystemEntries(_fixture.Tree.Root), Is.Empty);
        }

        void Refuses(string because, PublishOptions? options = null, string remedy = "")
        {
            Assert.That(() => _fixture.PublishAsync("1.0.0", options), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains(because).And.Message.Contains(remedy));
        }
    }

    [Test]
    public void Links_and_special_files_are_refused()
    {
        _fixture.Write("model.onnx");
        File.CreateSymbolicLink(_fixture.SourcePath("weights.bin"), "/etc/hostname");
        Assert.That(() => _fixture.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'weights.bin'").And.Message.Contains("it is a symbolic link"));
        File.Delete(_fixture.SourcePath("weights.bin"));
        Directory.CreateSymbolicLink(_fixture.SourcePath("sub"), _fixture.Tree.Root);
        Assert.That(() => _fixture.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'sub'"));
        Directory.Delete(_fixture.SourcePath("sub"));
        File.CreateSymbolicLink(_fixture.SourcePath("link.onnx"), _fixture.SourcePath("model.onnx"));
        Assert.That(() => _fixture.Publisher.PublishAsync(_fixture.SourcePath("link.onnx"), "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it is a symbolic link"));
        File.Delete(_fixture.SourcePath("link.onnx"));
        if (!OperatingSystem.IsWindows())
        {
            System.Diagnostics.Process.Start("mkfifo", [_fixture.SourcePath("pipe")]).WaitForExit();
            Assert.That(() => _fixture.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it is not a regular file"));
        }
    }

    [Test]
    public void A_file_that_changes_while_it_is_published_is_refused()
    {
        var path = _fixture.Write("model.onnx", "graph");
        var publisher = _fixture.NewPublisher(step =>
        {
            if (step == PublishStep.CopyBegun)
            {
                File.AppendAllText(path, "!");
            }
        });
        Assert.That(() => publisher.PublishAsync(_fixture.Source, "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("changed while it was being published"));
        Assert.That(_fixture.Visible(), Is.Empty);
    }

    [Test]
    public void Misuse_is_told_apart_from_faults_of_files()
    {
        _fixture.Write("model.onnx");
        var provider = _fixture.Tree.Provider("read-only");
        ProviderChain chain = new([provider]);
        ModelRepository readOnly = new(chain, new ModelResolver(chain, Microsoft.Extensions.Logging.Abstractions.NullLogger<ModelResolver>.Instance), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<ModelRepository>.Instance);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _fixture.Publisher.PublishAsync(_fixture.Source, "../m", TestTree.V("1.0.0")), Throws.ArgumentException);
            Assert.That(() => _fixture.Publisher.PublishAsync("", "m", TestTree.V("1.0.0")), Throws.ArgumentException);
            Assert.That(() => _fixture.Publisher.PublishAsync(_fixture.Source, "m", null!), Throws.ArgumentNullException);
            Assert.That(() => _fixture.PublishAsync("1.0.0", new PublishOptions { Aliases = ["1.0"] }), Throws.ArgumentException.With.Message.Contains("'1.0' is not a valid alias"));
            Assert.That(() => _fixture.PublishAsync("1.0.0", new PublishOptions { Repository = "other" }), Throws.ArgumentException.With.Message.Contains("There is no repository 'other'").And.Message.Contains("'volume'"));
            Assert.That(() => readOnly.PublishAsync(_fixture.Source, "m", TestTree.V("1.0.0")), Throws.InvalidOperationException.With.Message.Contains("AddSharedVolume"));
            Assert.That(() => _fixture.Publisher.PublishAsync(_fixture.SourcePath("none.onnx"), "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it does not exist"));
        }
    }

    [Test]
    public void A_volume_that_is_not_mounted_is_not_created()
    {
        _fixture.Write("model.onnx");
        Directory.Delete(_fixture.Tree.Root, recursive: true);
        try
        {
            Assert.That(() => _fixture.PublishAsync("1.0.0"), Throws.TypeOf<ModelStorageException>().With.Message.Contains("the folder does not exist"));
            Assert.That(Directory.Exists(_fixture.Tree.Root), Is.False);
        }
        finally
        {
            Directory.CreateDirectory(_fixture.Tree.Root);
        }
    }

    [Test]
    public async Task Files_that_somebody_left_in_the_folder_of_the_version_stay_and_do_no_harm()
    {
        _fixture.Write("model.onnx", "graph");
        _fixture.Tree.Write("m/1.0.0/model.onnx", "older, without a manifest");
        var published = await _fixture.PublishAsync("1.0.0");
        var document = (await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        var again = await _fixture.PublishAsync("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_fixture.Repository.GetLocalPath(document.Manifest, document.Manifest.EntryFile)!), Is.EqualTo("graph"));
            Assert.That(File.ReadAllText(_fixture.Tree["m/1.0.0/model.onnx"]), Is.EqualTo("older, without a manifest"));
            Assert.That(document.Manifest.EntryFile.Location, Does.StartWith("publish-"));
            Assert.That(again.AlreadyPublished, Is.True);
            Assert.That(again.Digest, Is.EqualTo(published.Digest));
        }
    }

    [Test]
    public async Task An_empty_folder_of_the_version_gives_way()
    {
        _fixture.Write("model.onnx", "graph");
        Directory.CreateDirectory(_fixture.Tree["m/1.0.0"]);
        await _fixture.PublishAsync("1.0.0");
        Assert.That(File.ReadAllText(_fixture.Tree["m/1.0.0/model.onnx"]), Is.EqualTo("graph"));
    }

    [Test]
    public async Task The_repository_can_be_chosen()
    {
        _fixture.Write("model.onnx");
        using TestTree other = new();
        var first = other.Provider("first", acceptsPublishing: true);
        var publisher = _fixture.NewPublisher(null, first);
        var byDefault = await publisher.PublishAsync(_fixture.Source, "m", TestTree.V("1.0.0"));
        var chosen = await publisher.PublishAsync(_fixture.Source, "m", TestTree.V("1.0.0"), new PublishOptions { Repository = "volume" });
        Assert.That((byDefault.Repository, chosen.Repository), Is.EqualTo(("first", "volume")));
    }

    [Test]
    public async Task Cancellation_leaves_nothing_behind()
    {
        _fixture.Write("model.onnx", new string('x', 100));
        using CancellationTokenSource cancellation = new();
        var publisher = _fixture.NewPublisher(_ => cancellation.Cancel());
        Assert.That(async () => await publisher.PublishAsync(_fixture.Source, "m", TestTree.V("1.0.0"), null, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_fixture.Visible(), Is.Empty);
            Assert.That(Directory.EnumerateFileSystemEntries(_fixture.Tree[".partial"]), Is.Empty);
        }

        await _fixture.PublishAsync("1.0.0");
        Assert.That(Encoding.UTF8.GetString(File.ReadAllBytes(_fixture.Tree["m/1.0.0/model.onnx"])), Has.Length.EqualTo(100));
    }

    [Test]
    public async Task A_volume_that_fails_tells_the_provider()
    {
        _fixture.Write("model.onnx");
        _fixture.Tree.Write(".partial", "a file where a folder must be");
        var failure = Assert.ThrowsAsync<ModelStorageException>(() => _fixture.PublishAsync("1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.ProviderName, Is.EqualTo("volume"));
            Assert.That(await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.Null);
        }
    }
}
