using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Store;

/// <summary>What a clean-up takes for a leftover, and what it leaves alone.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CleanupTests : IAsyncDisposable
{
    private static readonly string Key = new('a', 40);

    private readonly StoreScene _scene = new();
    private readonly TestModel _model = TestModel.Create();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Test]
    public async Task Every_kind_of_leftover_is_found_when_it_is_old_and_nothing_else(CancellationToken cancellationToken)
    {
        var expected = FillCache();
        var report = await _scene.Upkeep.CleanupAsync(new CleanupOptions(), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Items.Select(static item => (item.Kind, item.Path)), Is.EquivalentTo(expected));
            Assert.That(report.Items.Select(static item => item.Outcome), Is.All.EqualTo(CleanupOutcome.Removed));
            Assert.That(report.RemovedBytes, Is.EqualTo(report.Items.Sum(static item => item.Bytes)).And.GreaterThan(0));
            Assert.That(expected.Select(static thing => thing.Path).Where(path => Path.Exists(_scene.Cache.Root + "/" + path)), Is.Empty);
            _model.AssertIn(_scene.Cache.VersionPath("m", _model.Version));
        }

        Assert.That((await _scene.Upkeep.CleanupAsync(new CleanupOptions(), cancellationToken)).Items, Is.Empty);
    }

    [Test]
    public async Task A_dry_run_says_the_same_and_changes_nothing(CancellationToken cancellationToken)
    {
        FillCache();
        CleanupOptions dry = new() { DryRun = true, MaxBytes = 0 };
        var before = Snapshot();
        var report = await _scene.Upkeep.CleanupAsync(dry, cancellationToken);

        Assert.That(Snapshot(), Is.EqualTo(before));
        var real = await _scene.Upkeep.CleanupAsync(dry with { DryRun = false }, cancellationToken);

        // Marks are gone only when what they marked is.
        Assert.That(real.Items.Where(static item => item.Kind != CleanupKind.Lock), Is.EqualTo(report.Items.Where(static item => item.Kind != CleanupKind.Lock)));
        Assert.That((report.DryRun, real.DryRun, File.Exists(_scene.Cache.ManifestPath("m", _model.Version))), Is.EqualTo((true, false, false)));
    }

    [Test]
    public async Task Nothing_younger_than_the_grace_period_is_touched(CancellationToken cancellationToken)
    {
        FillCache(age: TimeSpan.FromMinutes(59));
        Assert.That((await _scene.Upkeep.CleanupAsync(new CleanupOptions { MaxBytes = 0 }, cancellationToken)).Items, Is.Empty);

        Assert.That((await _scene.Upkeep.CleanupAsync(new CleanupOptions { GracePeriod = TimeSpan.FromMinutes(59) }, cancellationToken)).Items, Is.Not.Empty);
    }

    [Test]
    public async Task What_somebody_holds_is_kept_and_said_to_be_in_use(CancellationToken cancellationToken)
    {
        FillCache();
        var partial = Directory.GetFiles(_scene.Cache.Partials, "*.part").Single();
        var preparing = UseClaim.TryOpen(_scene.Cache.LockPath(Key), create: true);
        using var fetching = await OldUseAsync(new string('b', 16), cancellationToken);
        var report = await _scene.Upkeep.CleanupAsync(new CleanupOptions(), cancellationToken);
        var kept = report.Items.Where(static item => item.Outcome == CleanupOutcome.InUse).Select(static item => item.Path);

        Assert.That(kept, Is.EquivalentTo(new[] { Path.GetRelativePath(_scene.Cache.Root, partial), $".prepared/.tmp-{Key}-1" }));
        Assert.That(File.Exists(partial), Is.True);
        preparing!.Dispose();
    }

    [Test]
    public async Task The_local_cache_is_collected_once_in_a_process(CancellationToken cancellationToken)
    {
        var expected = FillCache();
        await _scene.Upkeep.CollectAsync(cancellationToken);
        Assert.That(expected.Select(static thing => thing.Path).Where(path => Path.Exists(_scene.Cache.Root + "/" + path)), Is.Empty);

        FillCache();
        var before = Snapshot();
        await _scene.Upkeep.CollectAsync(cancellationToken);
        Assert.That(Snapshot(), Is.EqualTo(before), "the upkeep of the same process");
    }

    [Test]
    public async Task A_volume_is_cleaned_only_when_it_is_named_and_after_a_day(CancellationToken cancellationToken)
    {
        _scene.AddVolume();
        Start();
        var partial = WriteOld(_scene.Folder["volume/.partial/publish-1/model.onnx"], TimeSpan.FromHours(23));
        await _scene.Upkeep.CleanupAsync(new CleanupOptions { GracePeriod = TimeSpan.Zero }, cancellationToken);
        await _scene.Upkeep.CleanupAsync(new CleanupOptions { Repository = "volume" }, cancellationToken);
        Assert.That(File.Exists(partial), Is.True);

        _scene.Time.Advance(TimeSpan.FromHours(1));
        var report = await _scene.Upkeep.CleanupAsync(new CleanupOptions { Repository = "volume" }, cancellationToken);
        Assert.That((report.Folder, File.Exists(partial)), Is.EqualTo((_scene.Folder["volume"], false)));
    }

    [Test]
    public async Task A_volume_keeps_what_aliases_name_what_other_hosts_use_and_what_has_no_manifest(CancellationToken cancellationToken)
    {
        _scene.AddVolume();
        Start();
        List<TestModel> models = [.. Enumerable.Range(1, 4).Select(static n => TestModel.Create(version: $"{n}.0.0", seed: n))];
        foreach (var model in models)
        {
            Age(model.WriteTo(_scene.Folder["volume"]), TimeSpan.FromDays(10 - model.Version.Semantic.Major));
        }

        WriteOld(_scene.Folder["volume/m/9.0.0/model.onnx"], TimeSpan.FromDays(9));
        File.WriteAllText(_scene.Folder["volume/m/aliases.json"], """{"formatVersion":1,"name":"m","revision":1,"aliases":{"stable":{"1.0.0":90,"3.0.0":10}}}""");

        // Another host, whose locks this one does not see: its heartbeat is an hour old.
        var mark = _scene.Shared[0].Uses.PathOf(UseMarks.KeyOf(models[1].Document.Digest));
        Directory.CreateDirectory(Path.GetDirectoryName(mark)!);
        File.WriteAllBytes(mark, []);
        Age(mark, TimeSpan.FromHours(1));

        var report = await _scene.Upkeep.CleanupAsync(new CleanupOptions { Repository = "volume", MaxBytes = 0 }, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Items.Select(static item => (item.Path, item.Outcome)), Is.EqualTo(new[]
            {
                ("m/1.0.0", CleanupOutcome.NamedByAlias), ("m/3.0.0", CleanupOutcome.NamedByAlias), ("m/4.0.0", CleanupOutcome.Removed),
            }));
            Assert.That(Directory.GetDirectories(_scene.Folder["volume/m"]).Select(Path.GetFileName), Is.EquivalentTo(new[] { "1.0.0", "2.0.0", "3.0.0", "9.0.0" }));
        }
    }

    [Test]
    public void What_cannot_be_is_refused_and_says_what_there_is()
    {
        _scene.AddVolume();
        Start();
        Directory.Delete(_scene.Folder["volume"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _scene.Upkeep.CleanupAsync(new CleanupOptions { Repository = "s3" }, default), Throws.ArgumentException.With.Message.Contains("'s3'").And.Message.Contains("'volume'"));
            Assert.That(() => _scene.Upkeep.CleanupAsync(new CleanupOptions { GracePeriod = TimeSpan.FromTicks(-1) }, default), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => _scene.Upkeep.CleanupAsync(new CleanupOptions { MaxBytes = -1 }, default), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => _scene.Upkeep.CleanupAsync(new CleanupOptions { Repository = "volume" }, default), Throws.TypeOf<ModelStorageException>().With.Message.Contains("mounted"));
        }
    }

    private void Start()
    {
        _scene.Time.Advance(TimeProvider.System.GetUtcNow() - _scene.Time.GetUtcNow());
        _scene.Start();
    }

    /// <summary>A cache with a version, and one of everything that can be left over. Answers the leftovers.</summary>
    private (CleanupKind Kind, string Path)[] FillCache(TimeSpan? age = null)
    {
        if (_scene.Upkeep is null)
        {
            Start();
        }

        (CleanupKind Kind, string Path, string? File)[] leftovers =
        [
            (CleanupKind.Trash, $".trash/m@1.0.0.{new string('c', 16)}.abcdefgh.abc", "model.onnx"),
            (CleanupKind.Trash, ".partial/deleted-1", "model.onnx"),
            (CleanupKind.Download, $".partial/{new string('d', 64)}.{new string('b', 16)}.00000000.part", null),
            (CleanupKind.Download, "m/2.0.0", "model.onnx"),
            (CleanupKind.Artifact, $".prepared/{Key}", "prepared.json"),
            (CleanupKind.Workspace, $".prepared/.tmp-{Key}-1", "graph.onnx"),
            (CleanupKind.Publication, ".partial/publish-1", "model.onnx"),
            (CleanupKind.Publication, ".partial/copy-1", "m/1.0.0/model.onnx"),
            (CleanupKind.Publication, "m/1.0.0/publish-0123456789ab", "model.onnx"),
            (CleanupKind.Temporary, "m/aliases.json.abcdefgh.abc.tmp", null),
            (CleanupKind.Temporary, "m/1.0.0/manifest.json.abcdefgh.abc.tmp", null),
            (CleanupKind.Temporary, ".verified/x.verified.abcdefgh.abc.tmp", null),
            (CleanupKind.Temporary, ".refused/m.json.abcdefgh.abc.tmp", null),
            (CleanupKind.Record, ".verified/x.verified", null),
            (CleanupKind.Hint, ".starts/x", null),
            (CleanupKind.Lock, ".locks/m@3.0.0.lock", null),
            (CleanupKind.Lock, $".inuse/{new string('e', 16)}", null),
        ];
        _model.WriteTo(_scene.Cache.Root);
        WriteOld(_scene.Cache.Root + "/m/1.0.0/notes.tmp");
        foreach (var (kind, path, file) in leftovers)
        {
            WriteOld(Path.Combine(_scene.Cache.Root, path, file ?? ""), content: kind switch
            {
                CleanupKind.Record => $"modelpersistence-verified 1\n{Key}\n{_scene.Cache.Root}/gone/1.0.0/model.onnx\nend\n",
                CleanupKind.Hint => $"{_scene.Cache.Root}/.prepared/gone/weights.bin\n0 1",
                _ => "content",
            });
        }

        // What stands for something, lies elsewhere, or is nobody's business.
        WriteOld(_scene.Cache.Root + "/.verified/here.verified", content: $"modelpersistence-verified 1\n{Key}\n{_scene.Cache.Root}/m/1.0.0/model.onnx\nend\n");
        WriteOld(_scene.Cache.Root + "/.verified/elsewhere.verified", content: $"modelpersistence-verified 1\n{Key}\n/mnt/volume/m/1.0.0/model.onnx\nend\n");
        WriteOld(_scene.Cache.Root + "/.starts/here", content: $"{_scene.Cache.Root}/m/1.0.0/model.onnx\n0 1");
        WriteOld(_scene.Cache.Uses.PathOf(UseMarks.KeyOf(_model.Document.Digest)));
        WriteOld(_scene.Cache.Root + "/m/aliases.json", content: """{"formatVersion":1,"name":"m","revision":1,"aliases":{"latest":"1.0.0"}}""");
        Age(_scene.Cache.Root, age ?? TimeSpan.FromHours(1));
        return [.. leftovers.Select(static leftover => (leftover.Kind, leftover.Path))];
    }

    private async Task<UseMark> OldUseAsync(string key, CancellationToken cancellationToken)
    {
        var use = await _scene.Cache.Uses.TakeAsync(key, cancellationToken);
        Age(_scene.Cache.Uses.PathOf(key), TimeSpan.FromHours(1));
        return use;
    }

    private string WriteOld(string path, TimeSpan age = default, string content = "content")
    {
        path = Path.TrimEndingDirectorySeparator(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Age(path, age);
        Age(Path.GetDirectoryName(path)!, age);
        return path;
    }

    /// <summary>Makes a file, or a folder with everything in it, look as old.</summary>
    private void Age(string path, TimeSpan age)
    {
        var time = (_scene.Time.GetUtcNow() - age).UtcDateTime;
        if (Directory.Exists(path))
        {
            foreach (var inside in Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories))
            {
                File.SetLastWriteTimeUtc(inside, time);
            }
        }

        File.SetLastWriteTimeUtc(path, time);
    }

    private string[] Snapshot() =>
    [
        .. Directory.GetFileSystemEntries(_scene.Cache.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => $"{path} {File.GetLastWriteTimeUtc(path):O}"),
    ];
}
