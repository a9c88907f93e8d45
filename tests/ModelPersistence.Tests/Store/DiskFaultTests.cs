using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>Disks that are full, read-only or missing.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Platform("Linux")]
public sealed class DiskFaultTests : IAsyncDisposable
{
    private readonly StoreScene _scene = new() { Settings = new StoreSettings { Transfer = StoreScene.OneStream } };
    private readonly List<string> _mounts = [];
    private readonly List<string> _locked = [];

    public async ValueTask DisposeAsync()
    {
        _mounts.ForEach(static mount => Shell.Try("umount", "-l", mount));
        _locked.ForEach(static locked => Shell.Try("chattr", "-i", locked));
        await _scene.DisposeAsync();
    }

    [Test]
    public async Task A_disk_that_is_too_small_is_told_before_anything_is_read()
    {
        var model = TestModel.Create(weightsLength: 12 << 20);
        var remote = _scene.AddRemote(model);
        Mount("cache", "8m");

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await _scene.EnsureAsync(_scene.Start(), model.At(remote)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("'m:1.0.0'").And.Contain("bytes are needed").And.Contain("ModelManagement:CachePath"));
            Assert.That(e.IsTransient, Is.False);
            Assert.That(remote.BytesRead, Is.Zero);
        }
    }

    [Test]
    public async Task A_disk_that_fills_up_keeps_what_was_verified_and_the_next_attempt_goes_on()
    {
        var model = TestModel.Create(weightsLength: 28 << 20);
        var remote = _scene.AddRemote(model);
        var cache = Mount("cache", "32m");
        var junk = Path.Combine(cache, "junk");
        remote.OnRead = (_, offset, bytes, _) =>
        {
            if (offset >= (8 << 20) && !File.Exists(junk))
            {
                // Somebody else takes what is left but for a little.
                File.WriteAllBytes(junk, new byte[10 << 20]);
            }

            return ValueTask.FromResult(bytes);
        };

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await _scene.EnsureAsync(_scene.Start(), model.At(remote)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("disk is full").And.Contain("ModelManagement:CachePath").And.Contain("is kept"));
            Assert.That(e.ProviderName, Is.EqualTo("cache"));
            Assert.That(File.Exists(Path.Combine(cache, "m/1.0.0/manifest.json")), Is.False);
        }

        File.Delete(junk);
        remote.OnRead = null;
        var before = remote.BytesRead;
        await _scene.EnsureAsync(_scene.Start(), model.At(remote));

        Assert.That(remote.BytesRead - before, Is.LessThan(model.Document.Manifest.TotalSize - (8 << 20)));
        model.AssertIn(Path.Combine(cache, "m/1.0.0"));
    }

    [Test]
    public async Task A_volume_that_is_full_is_passed_by()
    {
        var model = TestModel.Create(weightsLength: 12 << 20);
        Mount("volume", "8m");
        _scene.AddVolume();
        var remote = _scene.AddRemote(model);

        var local = await _scene.EnsureAsync(_scene.Start(), model.At(remote));

        Assert.That(local.EntryPath, Does.StartWith(_scene.CachePath));
    }

    [TestCase("full")]
    [TestCase("locked")]
    [TestCase("unmounted")]
    [TestCase("gone")]
    [TestCase("dead")]
    public async Task A_volume_that_fails_in_the_middle_of_a_download_is_replaced_by_the_local_cache(string fault)
    {
        var model = TestModel.Create(weightsLength: 20 << 20);
        var remote = _scene.AddRemote(model);
        switch (fault)
        {
            case "full" or "unmounted":
                Mount("volume", "64m");
                break;
            case "dead":
                MountDisk("volume");
                break;
            default:
                break;
        }

        _scene.AddVolume();
        var volume = _scene.Folder["volume"];
        var hasFailed = false;
        remote.OnRead = (file, offset, bytes, _) =>
        {
            if (offset > 0 && !hasFailed)
            {
                hasFailed = true;
                Fail(volume, fault);
            }

            return ValueTask.FromResult(bytes);
        };

        var local = await _scene.EnsureAsync(_scene.Start(), model.At(remote));

        Assert.That(hasFailed, Is.True);
        Assert.That(local.EntryPath, Does.StartWith(_scene.CachePath));
        Assert.That(_scene.Log.Messages, Has.Some.Contains("cannot be stored in 'volume'; the next writable folder is tried"));
        Assert.That(Directory.Exists(Path.Combine(volume, "m")), Is.EqualTo(fault is "full" or "locked"), "nothing is written to where a volume was");
        model.AssertIn(Path.Combine(_scene.CachePath, "m/1.0.0"));
    }

    [Test]
    public async Task A_read_only_volume_is_served_in_place()
    {
        var model = TestModel.Create();
        var volume = _scene.AddVolume(key: [.. Enumerable.Repeat((byte)7, 32)]);
        model.WriteTo(_scene.Folder["volume"]);
        MakeReadOnly("volume");
        var store = _scene.Start();

        var first = await _scene.EnsureAsync(store, model.At(volume));
        await _scene.RestAsync(store);
        var second = await _scene.EnsureAsync(_scene.Start(), model.At(volume));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(second.Trust, Is.EqualTo(TrustBasis.Record), "the record belongs into the local cache then");
        }
    }

    [Test]
    public async Task With_everything_read_only_the_setting_is_named()
    {
        var model = TestModel.Create();
        var remote = _scene.AddRemote(model);
        Directory.CreateDirectory(_scene.CachePath);
        MakeReadOnly("cache");

        Assert.That(
            async () => await _scene.EnsureAsync(_scene.Start(), model.At(remote)),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("ModelManagement:CachePath").And.Message.Contains("Read-only"));
    }

    [Test]
    public async Task A_read_only_cache_that_holds_the_version_serves_it()
    {
        var model = TestModel.Create();
        var remote = _scene.AddRemote(model);
        model.WriteTo(_scene.CachePath);
        MakeReadOnly("cache");

        var local = await _scene.EnsureAsync(_scene.Start(), model.At(remote));

        Assert.That((local.Trust, remote.BytesRead), Is.EqualTo((TrustBasis.Hashed, 0L)));
    }

    [TestCase(5, "input/output error")]
    [TestCase(28, "disk is full")]
    [TestCase(30, "read-only")]
    [TestCase(122, "disk is full")]
    public void A_fault_of_the_disk_is_told_with_the_path_and_the_setting(int error, string cause)
    {
        StoreFolder folder = new(_scene.CachePath, "cache", _scene.Time, StoreFolderKind.Cache);

        var e = StoreFailure.Writing(folder, "m:1.0.0", "/the/file", new IOException("io", error));

        Assert.That(e.Message, Does.Contain(cause).And.Contain("'m:1.0.0'").And.Contain("'cache'").And.Contain("/the/file").And.Contain("ModelManagement:CachePath"));
    }

    [TestCase(5, true)]
    [TestCase(116, true)]
    [TestCase(28, false)]
    [TestCase(30, false)]
    public void A_fault_of_a_shared_volume_may_pass_unless_somebody_must_mend_it(int error, bool isTransient)
    {
        StoreFolder folder = new(_scene.Folder["volume"], "volume", _scene.Time, StoreFolderKind.Shared);

        Assert.That(StoreFailure.Writing(folder, "m:1.0.0", "/the/file", new IOException("io", error)).IsTransient, Is.EqualTo(isTransient));
    }

    private string Mount(string folder, string size)
    {
        var path = _scene.Folder[folder];
        Directory.CreateDirectory(path);
        Shell.Require("mount", "-t", "tmpfs", "-o", $"size={size},mode=0700", "tmpfs", path);
        _mounts.Add(path);
        return path;
    }

    private void MountDisk(string folder)
    {
        var (path, disk) = (_scene.Folder[folder], _scene.Folder["disk"]);
        Directory.CreateDirectory(path);
        using (var image = File.Create(disk))
        {
            image.SetLength(320 << 20);
        }

        Shell.Require("mkfs.xfs", "-q", disk);
        Shell.Require("mount", "-o", "loop", disk, path);
        _mounts.Add(path);
    }

    private void Fail(string volume, string fault)
    {
        switch (fault)
        {
            case "full":
                Assert.That(() => File.WriteAllBytes(Path.Combine(volume, "junk"), new byte[64 << 20]), Throws.InstanceOf<IOException>());
                break;
            case "locked":
                // A file system with open files cannot be made read-only; nothing can be renamed into this folder any more.
                Shell.Require("chattr", "+i", Path.Combine(volume, "m/1.0.0/data"));
                _locked.Add(Path.Combine(volume, "m/1.0.0/data"));
                break;
            case "unmounted":
                Shell.Require("umount", "-l", volume);
                _mounts.Remove(volume);
                break;
            case "gone":
                Directory.Move(volume, volume + ".moved");
                break;
            default:
                Shell.Require("xfs_io", "-x", "-c", "shutdown", volume);
                break;
        }
    }

    private void MakeReadOnly(string folder)
    {
        var path = _scene.Folder[folder];
        Shell.Require("mount", "--bind", path, path);
        _mounts.Add(path);
        Shell.Require("mount", "-o", "remount,bind,ro", path);
    }
}
