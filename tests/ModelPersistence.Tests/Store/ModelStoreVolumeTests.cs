using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>Shared volumes: one download for all, records with a key, copies where mapping in place is a risk, patience with caches.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ModelStoreVolumeTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(static n => (byte)n)];

    // The clock of these tests runs ahead of the disk, so nothing is given up on for the time it takes.
    private static readonly StoreSettings Patient = new() { VolumeTimeout = TimeSpan.FromDays(1), Transfer = StoreScene.Patient };

    private readonly TestModel _model = TestModel.Create();

    [Test]
    public async Task A_remote_version_lands_on_the_volume_and_other_hosts_read_it_there()
    {
        await using StoreScene scene = new();
        scene.AddVolume();
        var remote = scene.AddRemote(_model);

        var local = await scene.EnsureAsync(scene.Start(), _model.At(remote));
        var otherHost = await scene.EnsureAsync(scene.Start(scene.Folder["other-cache"]), _model.At(remote));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(local.EntryPath, Is.EqualTo(scene.Folder["volume/m/1.0.0/model.onnx"]));
            Assert.That(otherHost.EntryPath, Is.EqualTo(local.EntryPath));
            Assert.That(otherHost.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(remote.BytesRead, Is.EqualTo(_model.Document.Manifest.TotalSize));
        }
    }

    [Test]
    public async Task With_a_key_another_host_trusts_the_record_on_the_volume()
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume(key: Key);
        _model.WriteTo(scene.Folder["volume"]);
        var first = scene.Start();
        await scene.EnsureAsync(first, _model.At(volume));
        await scene.RestAsync(first);

        var otherHost = await scene.EnsureAsync(scene.Start(scene.Folder["other-cache"]), _model.At(volume));

        Assert.That(otherHost.Trust, Is.EqualTo(TrustBasis.Record));
    }

    [Test]
    public async Task Without_a_key_each_host_remembers_for_itself()
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume();
        _model.WriteTo(scene.Folder["volume"]);
        var first = scene.Start();
        await scene.EnsureAsync(first, _model.At(volume));
        await scene.RestAsync(first);

        var sameHost = await scene.EnsureAsync(scene.Start(), _model.At(volume));
        var otherHost = await scene.EnsureAsync(scene.Start(scene.Folder["other-cache"]), _model.At(volume));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(sameHost.Trust, Is.EqualTo(TrustBasis.Record));
            Assert.That(otherHost.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(Directory.Exists(scene.Folder["volume/.verified"]), Is.False);
        }
    }

    [Test]
    public async Task A_version_that_differs_from_the_volumes_is_refused_with_both_digests()
    {
        await using StoreScene scene = new();
        scene.AddVolume();
        var remote = scene.AddRemote(_model);
        var other = TestModel.Create(seed: 5);
        var folder = other.WriteTo(scene.Folder["volume"]);

        var e = Assert.ThrowsAsync<ModelIntegrityException>(async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain(other.Document.Digest.ToString()).And.Contain(_model.Document.Digest.ToString()).And.Contain("'volume'").And.Contain("new version"));
            Assert.That((e.Expected, e.Actual), Is.EqualTo((_model.Document.Digest, other.Document.Digest)));
        }

        other.AssertIn(folder);
    }

    [TestCase(MapFrom.Auto, true, "cache")]
    [TestCase(MapFrom.Auto, false, "volume")]
    [TestCase(MapFrom.InPlace, true, "volume")]
    [TestCase(MapFrom.LocalCopy, false, "cache")]
    public async Task Files_are_mapped_from_where_the_volume_says(MapFrom mapFrom, bool isNetwork, string expected)
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume(mapFrom: mapFrom, isNetwork: isNetwork);
        _model.WriteTo(scene.Folder["volume"]);

        var local = await scene.EnsureAsync(scene.Start(), _model.At(volume));

        Assert.That(local.EntryPath, Is.EqualTo(scene.Folder[$"{expected}/m/1.0.0/model.onnx"]));
    }

    [Test]
    public async Task A_remote_version_goes_through_the_volume_to_the_local_copy_and_is_downloaded_once()
    {
        await using StoreScene scene = new();
        scene.AddVolume(mapFrom: MapFrom.LocalCopy);
        var remote = scene.AddRemote(_model);

        var local = await scene.EnsureAsync(scene.Start(), _model.At(remote));

        Assert.That(local.EntryPath, Is.EqualTo(scene.Folder["cache/m/1.0.0/model.onnx"]));
        Assert.That(remote.BytesRead, Is.EqualTo(_model.Document.Manifest.TotalSize));
        _model.AssertIn(scene.Folder["volume/m/1.0.0"]);
    }

    [Test]
    public async Task A_damaged_volume_is_never_copied()
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume(mapFrom: MapFrom.LocalCopy);
        TestFiles.AlterUnnoticed(Path.Combine(_model.WriteTo(scene.Folder["volume"]), "data/weights.bin"));

        Assert.That(async () => await scene.EnsureAsync(scene.Start(), _model.At(volume)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'volume'"));
        Assert.That(File.Exists(scene.Folder["cache/m/1.0.0/manifest.json"]), Is.False);
    }

    [Test]
    public async Task Without_a_writable_cache_the_volume_is_mapped_in_place()
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume(mapFrom: MapFrom.LocalCopy);
        _model.WriteTo(scene.Folder["volume"]);
        File.WriteAllText(scene.CachePath, "a file where the cache should be");

        var local = await scene.EnsureAsync(scene.Start(), _model.At(volume));

        Assert.That(local.EntryPath, Is.EqualTo(scene.Folder["volume/m/1.0.0/model.onnx"]));
    }

    [Test]
    public async Task A_volume_that_is_not_mounted_is_not_created_and_the_cache_takes_over()
    {
        await using StoreScene scene = new();
        scene.AddVolume();
        Directory.Delete(scene.Folder["volume"]);
        var remote = scene.AddRemote(_model);

        var local = await scene.EnsureAsync(scene.Start(), _model.At(remote));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(local.EntryPath, Is.EqualTo(scene.Folder["cache/m/1.0.0/model.onnx"]));
            Assert.That(Directory.Exists(scene.Folder["volume"]), Is.False);
        }
    }

    [TestCase("missing", MapFrom.InPlace)]
    [TestCase("short", MapFrom.InPlace)]
    [TestCase("missing", MapFrom.LocalCopy)]
    public async Task On_a_network_volume_a_file_that_is_missing_or_short_may_yet_come(string state, MapFrom mapFrom)
    {
        await using StoreScene scene = new() { Settings = Patient };
        var volume = scene.AddVolume(mapFrom: mapFrom, isNetwork: true);
        var weights = Path.Combine(_model.WriteTo(scene.Folder["volume"]), "data/weights.bin");
        var content = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, content[..100]);
        if (state == "missing")
        {
            File.Delete(weights);
        }

        var waiting = scene.EnsureAsync(scene.Start(), _model.At(volume));
        await PassAsync(scene, TimeSpan.FromSeconds(20));
        Assert.That(waiting.IsCompleted, Is.False);
        File.WriteAllBytes(weights + ".new", content);
        File.Move(weights + ".new", weights, overwrite: true);
        await scene.DriveAsync(waiting, TimeSpan.FromMilliseconds(10));

        Assert.That((await waiting).Trust, Is.EqualTo(TrustBasis.Hashed));
    }

    [TestCase(MapFrom.InPlace)]
    [TestCase(MapFrom.LocalCopy)]
    public async Task On_a_network_volume_a_file_that_does_not_come_counts_as_missing_in_the_end(MapFrom mapFrom)
    {
        await using StoreScene scene = new() { Settings = Patient };
        var volume = scene.AddVolume(mapFrom: mapFrom, isNetwork: true);
        File.Delete(Path.Combine(_model.WriteTo(scene.Folder["volume"]), "data/weights.bin"));
        var begun = scene.Time.GetTimestamp();

        var waiting = scene.EnsureAsync(scene.Start(), _model.At(volume));
        await scene.DriveAsync(waiting, TimeSpan.FromMilliseconds(250));

        Assert.That(async () => await waiting, Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("is missing"));
        Assert.That(scene.Time.GetElapsedTime(begun), Is.GreaterThanOrEqualTo(scene.Settings.AttributeCacheTimeout));
    }

    [Test]
    public async Task A_damaged_file_on_the_volume_is_repaired_from_farther_away()
    {
        await using StoreScene scene = new();
        var volume = scene.AddVolume();
        var remote = scene.AddRemote(_model);
        var folder = _model.WriteTo(scene.Folder["volume"]);
        TestFiles.AlterUnnoticed(Path.Combine(folder, "data/weights.bin"));

        await scene.EnsureAsync(scene.Start(), _model.At(volume));

        _model.AssertIn(folder);
        Assert.That(remote.BytesRead, Is.EqualTo(TestFiles.ChunkLength));
    }

    [Test]
    public async Task A_source_that_hangs_while_the_volume_waits_is_given_up_on()
    {
        await using StoreScene scene = new();
        scene.AddVolume();
        var remote = scene.AddRemote(_model);
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        remote.OnRead = async (_, _, bytes, token) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            return bytes;
        };
        File.WriteAllText(scene.CachePath, "no cache to fall back to");

        var waiting = scene.EnsureAsync(scene.Start(), _model.At(remote));
        await reached.Task;
        await scene.DriveAsync(waiting, TimeSpan.FromSeconds(1));

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await waiting);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("ModelManagement:VolumeTimeout").And.Contain("'volume'").And.Contain("30 s"));
            Assert.That(e.IsTransient, Is.True);
        }
    }

    private static async Task PassAsync(StoreScene scene, TimeSpan time)
    {
        for (var i = 0; i < 200; i++)
        {
            scene.Time.Advance(time / 200);
            await Task.Yield();
        }
    }
}
