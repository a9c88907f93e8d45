using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>The local cache within its limit: who goes, who stays.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EvictionTests : IAsyncDisposable
{
    private readonly List<string> _mounts = [];
    private readonly RemoteProvider _remote = new();
    private readonly Catalog _catalog = new();
    private readonly TestModel _a = TestModel.Create("a", seed: 1);
    private readonly TestModel _b = TestModel.Create("b", "1.0.1", seed: 2);
    private readonly TestModel _c = TestModel.Create("c", "1.0.2", seed: 3);
    private StoreScene _scene = null!;

    public async ValueTask DisposeAsync()
    {
        foreach (var mount in _mounts)
        {
            Shell.Require("umount", mount);
        }

        await _scene.DisposeAsync();
    }

    [Test]
    public async Task What_was_used_longest_ago_goes_first(CancellationToken cancellationToken)
    {
        var store = Start(limit: 2.5);
        await UseAsync(store, _a, cancellationToken);
        await UseAsync(store, _b, cancellationToken);
        await UseAsync(store, _a, cancellationToken);
        await UseAsync(store, _c, cancellationToken);

        Assert.That(Versions(), Is.EqualTo(new[] { "a", "c" }));
        Assert.That(Directory.Exists(_scene.Cache.VersionPath("b", _b.Version)[..^"/1.0.1".Length]), Is.False, "nothing of it is left");
        Assert.That(TreeInventory.Folders(_scene.Cache.Trash), Is.Empty);
        Assert.That(_scene.Log.Messages, Has.Some.StartsWith("Removed b/1.0.1"));
    }

    [Test]
    public async Task What_is_in_use_stays_however_long_ago_its_use_began(CancellationToken cancellationToken)
    {
        var store = Start(limit: 2.5);
        using var use = (await store.FetchAsync(_a.At(_remote), keepGoing: false, cancellationToken)).Use;
        await UseAsync(store, _b, cancellationToken);
        await UseAsync(store, _c, cancellationToken);

        Assert.That(Versions(), Is.EqualTo(new[] { "a", "c" }));
        _a.AssertIn(Path.Combine(_scene.CachePath, "a/1.0.0"));
    }

    [Test]
    public async Task A_limit_that_cannot_be_kept_is_told_once_and_holds_nobody_up(CancellationToken cancellationToken)
    {
        var store = Start(limit: 1.5);
        using var a = (await store.FetchAsync(_a.At(_remote), keepGoing: false, cancellationToken)).Use;
        using var b = (await store.FetchAsync(_b.At(_remote), keepGoing: false, cancellationToken)).Use;
        using var c = (await store.FetchAsync(_c.At(_remote), keepGoing: false, cancellationToken)).Use;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Versions(), Is.EqualTo(new[] { "a", "b", "c" }));
            Assert.That(_scene.Upkeep.OverLimit, Does.Contain("ModelManagement:MaxStoreBytes"));
            Assert.That(_scene.Log.Messages.Count(static message => message.Contains("MaxStoreBytes", StringComparison.Ordinal)), Is.EqualTo(1));
        }

        a.Dispose();
        b.Dispose();
        _scene.Upkeep.MakeRoom(_scene.Cache, 0, 0);
        Assert.That((Versions(), _scene.Upkeep.OverLimit), Is.EqualTo((new[] { "c" }, (string?)null)));
    }

    [Test]
    public async Task A_limit_that_was_not_kept_is_not_told_of_any_more_when_a_clean_up_finds_room(CancellationToken cancellationToken)
    {
        var store = Start(limit: 1.5);
        var a = (await store.FetchAsync(_a.At(_remote), keepGoing: false, cancellationToken)).Use;
        using var b = (await store.FetchAsync(_b.At(_remote), keepGoing: false, cancellationToken)).Use;
        Assert.That(_scene.Upkeep.OverLimit, Is.Not.Null);
        a.Dispose();
        await _scene.Upkeep.CleanupAsync(new CleanupOptions(), cancellationToken);
        Assert.That(_scene.Upkeep.OverLimit, Is.Not.Null, "nothing was removed yet");
        Directory.Delete(Path.GetDirectoryName(_scene.Cache.VersionPath("a", _a.Version))!, recursive: true);
        await _scene.Upkeep.CleanupAsync(new CleanupOptions(), cancellationToken);
        Assert.That((Versions(), _scene.Upkeep.OverLimit), Is.EqualTo((new[] { "b" }, (string?)null)));
    }

    [Test]
    public async Task An_artifact_goes_with_its_version_and_holds_it_while_it_is_used(CancellationToken cancellationToken)
    {
        var store = Start(limit: 2.5);
        await UseAsync(store, _a, cancellationToken);
        var artifact = Artifact(_a, isOfThisProcess: true);
        using (await _scene.Cache.Uses.TakeAsync(Path.GetFileName(artifact), cancellationToken))
        {
            await UseAsync(store, _b, cancellationToken);
            await UseAsync(store, _c, cancellationToken);
            Assert.That((Versions(), Directory.Exists(artifact)), Is.EqualTo((new[] { "a", "c" }, true)), "the next start of whoever serves the artifact needs the version");
        }

        await UseAsync(store, _c, cancellationToken);
        await UseAsync(store, _b, cancellationToken);
        Assert.That((Versions(), Directory.Exists(artifact)), Is.EqualTo((new[] { "b", "c" }, false)));
    }

    [Test]
    public async Task An_artifact_that_no_process_like_this_finds_goes_before_anything_else(CancellationToken cancellationToken)
    {
        var store = Start(limit: 2.5);
        await UseAsync(store, _a, cancellationToken);
        var (outdated, used) = (Artifact(_a, isOfThisProcess: false), Artifact(_a, isOfThisProcess: false));
        using var use = await _scene.Cache.Uses.TakeAsync(Path.GetFileName(used), cancellationToken);
        await UseAsync(store, _b, cancellationToken);
        Assert.That(Directory.Exists(outdated), Is.True);

        // The two artifacts are small: what must go is about as much as one of them.
        Assert.That(_scene.Settings.MaxStoreBytes, Is.Not.Null);
        _scene.Upkeep.MakeRoom(_scene.Cache, 0, growth: _scene.Settings.MaxStoreBytes!.Value - DiskUsage.Of(_scene.CachePath).Bytes + 1);

        Assert.That((Versions(), Directory.Exists(outdated), Directory.Exists(used)), Is.EqualTo((new[] { "a", "b" }, false, true)));
    }

    [Test]
    public async Task A_partial_file_counts_as_far_as_it_is_there_and_is_room_as_any_other(CancellationToken cancellationToken)
    {
        var store = Start(limit: 2.5);
        await UseAsync(store, _a, cancellationToken);
        var partial = Path.Combine(_scene.Cache.Partials, $"{new string('0', 64)}.{UseMarks.KeyOf(_b.Document.Digest)}.00000000.part");
        using (var handle = File.OpenHandle(partial, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(handle, 1L << 40);
        }

        Assert.That(DiskUsage.Of(partial).Bytes, Is.LessThan(1 << 20), "its holes take nothing");
        await UseAsync(store, _c, cancellationToken);
        Assert.That((Versions(), File.Exists(partial)), Is.EqualTo((new[] { "a", "c" }, true)));

        File.WriteAllBytes(partial, new byte[TestModel.WeightsLength]);
        File.SetLastWriteTimeUtc(partial, DateTime.UnixEpoch);
        _scene.Upkeep.MakeRoom(_scene.Cache, 0, 0);
        Assert.That((Versions(), File.Exists(partial)), Is.EqualTo((new[] { "a", "c" }, false)));
    }

    [Test]
    public async Task A_download_that_does_not_fit_the_disk_takes_the_room_of_what_nobody_uses(CancellationToken cancellationToken)
    {
        Start(limit: null);
        Directory.CreateDirectory(_scene.CachePath);
        Shell.Require("mount", "-t", "tmpfs", "-o", $"size={TestModel.WeightsLength * 5 / 2},mode=0700", "tmpfs", _scene.CachePath);
        _mounts.Add(_scene.CachePath);
        var store = _scene.Start();
        await UseAsync(store, _a, cancellationToken);
        using var b = (await store.FetchAsync(_b.At(_remote), keepGoing: false, cancellationToken)).Use;
        using var c = (await store.FetchAsync(_c.At(_remote), keepGoing: false, cancellationToken)).Use;
        Assert.That(Versions(), Is.EqualTo(new[] { "b", "c" }));

        Assert.That(
            async () => await store.FetchAsync(_a.At(_remote), keepGoing: false, cancellationToken),
            Throws.TypeOf<ModelStorageException>().With.Message.Matches(@"'a:1\.0\.0'.*'cache'.* \d+ bytes are needed and \d+ are free, \d+ are missing\. .*ModelManagement:CachePath"));
    }

    private ModelStore Start(double? limit)
    {
        _scene = new StoreScene
        {
            Settings = new StoreSettings { Transfer = StoreScene.Patient, MaxStoreBytes = limit is { } models ? (long)(models * _a.Document.Manifest.TotalSize) : null },
            Artifacts = _catalog,
        };
        _scene.Chain.Add(_remote.With(_a).With(_b).With(_c));

        // Files have the time of the system.
        _scene.Time.Advance(TimeProvider.System.GetUtcNow() - _scene.Time.GetUtcNow());
        return _scene.Start();
    }

    private async Task UseAsync(ModelStore store, TestModel model, CancellationToken cancellationToken)
    {
        _scene.Time.Advance(TimeSpan.FromHours(2));
        (await store.FetchAsync(model.At(_remote), keepGoing: false, cancellationToken)).Use.Dispose();
    }

    private string[] Versions() =>
    [
        .. new[] { _a, _b, _c }.Where(model => File.Exists(_scene.Cache.ManifestPath(model.Name, model.Version))).Select(static model => model.Name),
    ];

    private string Artifact(TestModel model, bool isOfThisProcess)
    {
        var folder = _scene.Cache.PreparedPath(Sha256Digest.Of(Guid.NewGuid().ToByteArray()).Hex[..40]);
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "prepared.json"), new byte[100]);
        _catalog.Facts[folder] = new ArtifactFacts(UseMarks.KeyOf(model.Document.Digest), isOfThisProcess);
        return folder;
    }

    private sealed class Catalog : IArtifactCatalog
    {
        public Dictionary<string, ArtifactFacts> Facts { get; } = new(StringComparer.Ordinal);

        public ArtifactFacts? Describe(string folder) => Facts.GetValueOrDefault(folder);
    }
}
