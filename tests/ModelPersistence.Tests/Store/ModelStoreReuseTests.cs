using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>Chunks that lie on this host already are not fetched. Bytes are counted where they are served.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ModelStoreReuseTests : IAsyncDisposable
{
    private readonly StoreScene _scene = new();
    private readonly List<string> _mounts = [];

    public async ValueTask DisposeAsync()
    {
        _mounts.ForEach(static mount => Shell.Try("umount", "-l", mount));
        await _scene.DisposeAsync();
    }

    [Test]
    public async Task A_version_with_another_head_transfers_three_percent_at_most()
    {
        // Of a much smaller model the chunk that holds the head is more than that.
        var shape = SyntheticTransformerOptions.ForMegabytes(100);
        var first = await TransformerAsync("1.0.0", shape with { HeadSeed = 1 });
        var second = await TransformerAsync("2.0.0", shape with { HeadSeed = 2 });
        var remote = _scene.AddRemote(first).With(second);
        _scene.AddTree("cache", "cache");
        var store = _scene.Start();
        await _scene.EnsureAsync(store, first.At(remote));
        var before = remote.BytesRead;
        var stored = await store.FetchAsync(second.At(remote), keepGoing: false, CancellationToken.None);

        var size = second.Document.Manifest.TotalSize;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Document.Digest, Is.Not.EqualTo(first.Document.Digest));
            Assert.That(remote.BytesRead - before, Is.GreaterThan(0).And.LessThanOrEqualTo(size * 3 / 100));
            Assert.That(stored.Fetched, Is.EqualTo(new FetchOutcome(true, remote.BytesRead - before, size - (remote.BytesRead - before))));
        }

        second.AssertIn(Path.Combine(_scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    public async Task A_byte_inserted_at_the_front_transfers_two_percent_at_most()
    {
        // Chunks are 1 MiB on average and 4 at most, so that the first one must be less than two percent.
        var content = TestFiles.Bytes(100_000_000, seed: 8);
        var (first, second) = (await ModelAsync("1.0.0", content), await ModelAsync("2.0.0", [42, .. content]));
        var remote = _scene.AddRemote(first).With(second);
        _scene.AddTree("cache", "cache");
        var store = _scene.Start();
        await _scene.EnsureAsync(store, first.At(remote));
        var before = remote.BytesRead;
        await _scene.EnsureAsync(store, second.At(remote));

        Assert.That(remote.BytesRead - before, Is.GreaterThan(0).And.LessThanOrEqualTo(content.Length / 50));
        second.AssertIn(Path.Combine(_scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    public async Task Versions_of_an_image_are_reused_as_well()
    {
        var (first, second) = (TestModel.Create(), Successor());
        first.WriteTo(_scene.Folder["image"]);
        var remote = _scene.AddRemote(second);
        _scene.AddTree("image", "image");
        await _scene.EnsureAsync(_scene.Start(), second.At(remote));

        Assert.That(remote.BytesRead, Is.EqualTo(TestFiles.ChunkLength));
        second.AssertIn(Path.Combine(_scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    public async Task What_an_older_version_holds_wrongly_is_fetched()
    {
        var (first, second) = (TestModel.Create(), Successor());
        TestFiles.AlterUnnoticed(Path.Combine(first.WriteTo(_scene.Folder["image"]), "data/weights.bin"), offset: (20 * TestFiles.ChunkLength) + 7);
        var remote = _scene.AddRemote(second);
        _scene.AddTree("image", "image");
        await _scene.EnsureAsync(_scene.Start(), second.At(remote));

        Assert.That(remote.BytesRead, Is.EqualTo(2 * TestFiles.ChunkLength));
        second.AssertIn(Path.Combine(_scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    public async Task An_older_version_whose_files_are_gone_or_short_costs_nothing_but_the_transfer()
    {
        var (first, second) = (TestModel.Create(), Successor());
        var folder = first.WriteTo(_scene.Folder["image"]);
        File.Delete(Path.Combine(folder, "model.onnx"));
        using (var weights = File.OpenWrite(Path.Combine(folder, "data/weights.bin")))
        {
            weights.SetLength(30 * TestFiles.ChunkLength);
        }

        var remote = _scene.AddRemote(second);
        _scene.AddTree("image", "image");
        await _scene.EnsureAsync(_scene.Start(), second.At(remote));

        Assert.That(remote.BytesRead, Is.EqualTo(second.Document.Manifest.TotalSize - (29 * TestFiles.ChunkLength)));
        second.AssertIn(Path.Combine(_scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    [Platform("Linux")]
    public async Task Where_the_file_system_can_the_older_file_is_cloned_and_only_what_differs_is_written()
    {
        var disk = _scene.Folder["disk"];
        var mount = _scene.CachePath;
        Directory.CreateDirectory(mount);
        using (var image = File.Create(disk))
        {
            image.SetLength(320 << 20);
        }

        Shell.Require("mkfs.xfs", "-q", "-m", "reflink=1", disk);
        Shell.Require("mount", "-o", "loop", disk, mount);
        _mounts.Add(mount);
        var (first, second) = (TestModel.Create(weightsLength: 8 << 20), Successor(8 << 20));
        first.WriteTo(mount);
        var remote = _scene.AddRemote(second);
        _scene.AddTree("cache", "cache");
        var free = new DriveInfo(mount).AvailableFreeSpace;
        await _scene.EnsureAsync(_scene.Start(), second.At(remote));

        Assert.That(free - new DriveInfo(mount).AvailableFreeSpace, Is.LessThan(2 << 20));
        Assert.That(remote.BytesRead, Is.EqualTo(TestFiles.ChunkLength));
        second.AssertIn(Path.Combine(mount, "m", "2.0.0"));
        first.AssertIn(Path.Combine(mount, "m", "1.0.0"));
    }

    [Test]
    public async Task A_clone_never_replaces_what_somebody_writes_to()
    {
        var (source, taken) = (_scene.Folder["source"], _scene.Folder["taken"]);
        await File.WriteAllTextAsync(source, "old");
        await File.WriteAllTextAsync(taken, "new");

        Assert.That(FileClone.TryCreate(source, taken), Is.False);
        Assert.That(await File.ReadAllTextAsync(taken), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(_scene.Folder.Root), Has.Length.EqualTo(2));
    }

    private static TestModel Successor(int weightsLength = TestModel.WeightsLength)
    {
        var content = TestModel.Create(weightsLength: weightsLength).Content.ToDictionary();
        content["data/weights.bin"] = [.. content["data/weights.bin"]];
        content["data/weights.bin"][100] ^= 1;
        return With("2.0.0", [.. content.Select(static file => TestFiles.Describe(file.Key, file.Value))], content);
    }

    private static async Task<TestModel> TransformerAsync(string version, SyntheticTransformerOptions shape) =>
        await ModelAsync(version, await File.ReadAllBytesAsync(SyntheticTransformer.GetOrCreate(shape)));

    /// <summary>Cut as a publication cuts it.</summary>
    private static async Task<TestModel> ModelAsync(string version, byte[] content)
    {
        using Support.TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["model.onnx"], content);
        return With(version, await FileDescriber.DescribeAsync("m", folder.Root, ["model.onnx"], CancellationToken.None), new() { ["model.onnx"] = content });
    }

    private static TestModel With(string version, IReadOnlyList<ModelFile> files, Dictionary<string, byte[]> content) =>
        new(ManifestDocument.Create(TestModel.Create().Document.Manifest with { Version = ModelVersion.Parse(version), Files = files }), content);
}
