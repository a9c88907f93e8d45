using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
public sealed class RefusalMemoryTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLogger _log = new();
    private readonly List<StoreFolder> _trees = [];

    private string Path => _folder["cache/.refused/m.json"];

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Test]
    public async Task Where_nothing_was_turned_back_nothing_is_found_written_or_said(CancellationToken token)
    {
        using var memory = Memory();
        Assert.That(await memory.ReadAsync("m", token), Is.Empty);
        using var all = Assert.EnterMultipleScope();
        Assert.That(Directory.Exists(_folder["cache"]), Is.False);
        Assert.That(_log.Messages, Is.Empty);
    }

    [Test]
    public void A_look_where_there_is_nothing_is_over_at_once() => Assert.That(Memory().ReadAsync("m", CancellationToken.None).AsTask().IsCompletedSuccessfully, Is.True);

    [Test]
    public async Task What_was_turned_back_is_known_after_a_restart(CancellationToken token)
    {
        var refused = Refused(7) with { Digest = Sha256Digest.Of([1]), LastGood = [new(ModelVersion.Parse("1.0.0"), 90), new(ModelVersion.Parse("1.1.0"), 10)] };
        using (var before = Memory())
        {
            await before.RememberAsync(refused, token);
        }

        using var after = Memory();
        var known = (await after.ReadAsync("m", token)).Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That(known with { LastGood = refused.LastGood }, Is.EqualTo(refused));
        Assert.That(known.LastGood, Is.EqualTo(refused.LastGood));
        Assert.That(await after.ReadAsync("other", token), Is.Empty);
    }

    [Test]
    public async Task Older_revisions_are_forgotten_when_a_newer_one_is_written(CancellationToken token)
    {
        using var memory = Memory();
        await memory.RememberAsync(Refused(7), token);
        await memory.RememberAsync(Refused(7, "1.5.0"), token);
        Assert.That(await memory.ReadAsync("m", token), Has.Count.EqualTo(2));
        await memory.RememberAsync(Refused(8, "3.0.0"), token);
        Assert.That((await memory.ReadAsync("m", token)).Single().Version, Is.EqualTo(ModelVersion.Parse("3.0.0")));
    }

    [Test]
    public async Task A_process_that_comes_late_does_not_bring_an_older_revision_back(CancellationToken token)
    {
        using var memory = Memory();
        await memory.RememberAsync(Refused(8), token);
        await memory.RememberAsync(Refused(7, "1.5.0"), token);
        Assert.That((await memory.ReadAsync("m", token)).Single().Revision, Is.EqualTo(8));
    }

    [Test]
    public async Task The_same_version_is_kept_once_with_its_latest_reason(CancellationToken token)
    {
        using var memory = Memory();
        await memory.RememberAsync(Refused(7), token);
        await memory.RememberAsync(Refused(7) with { Reason = "again" }, token);
        Assert.That((await memory.ReadAsync("m", token)).Single().Reason, Is.EqualTo("again"));
    }

    [Test]
    public async Task However_many_there_are_the_newest_are_kept(CancellationToken token)
    {
        using var memory = Memory();
        for (var i = 0; i < RefusedVersionJson.MaxEntries + 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await memory.RememberAsync(Refused(7, $"1.0.{i}") with { Reason = new string('x', 5000) }, token);
        }

        var known = await memory.ReadAsync("m", token);
        using var all = Assert.EnterMultipleScope();
        Assert.That(known, Has.Count.EqualTo(RefusedVersionJson.MaxEntries));
        Assert.That(known.Select(static one => one.Version.ToString()), Does.Not.Contain("1.0.4").And.Contains("1.0.5"));
        Assert.That(known.Select(static one => one.Reason.Length), Is.All.EqualTo(RefusedVersionJson.MaxReason));
        Assert.That(new FileInfo(Path).Length, Is.LessThan(RefusedVersionJson.MaxBytes));
    }

    [Test]
    public async Task Many_at_once_in_one_process_lose_nothing(CancellationToken token)
    {
        using var memory = Memory();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => memory.RememberAsync(Refused(7, $"1.0.{i}"), token), token)));
        Assert.That(await memory.ReadAsync("m", token), Has.Count.EqualTo(16));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("""{ "formatVersion": 2, "name": "m", "refused": [] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "other", "refused": [] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "name": "m", "refused": [] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "refused": [ { "selector": "../x", "revision": 1, "version": "2.0.0", "reason": "r", "at": "2026-01-01T00:00:00Z", "lastGood": [] } ] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "refused": [ { "selector": "stable", "revision": -1, "version": "2.0.0", "reason": "r", "at": "2026-01-01T00:00:00Z", "lastGood": [] } ] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "refused": [ { "selector": "stable", "revision": 1, "version": "2", "reason": "r", "at": "2026-01-01T00:00:00Z", "lastGood": [] } ] }""")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "refused": [ { "selector": "stable", "revision": 1, "version": "2.0.0", "reason": "r", "at": "2026-01-01T00:00:00Z", "lastGood": [ { "version": "1.0.0", "weight": 0 } ] } ] }""")]
    public async Task A_damaged_file_is_ignored_said_and_replaced(string content, CancellationToken token)
    {
        using var memory = Memory();
        Directory.CreateDirectory(_folder["cache/.refused"]);
        File.WriteAllText(Path, content);
        Assert.That(await memory.ReadAsync("m", token), Is.Empty);
        Assert.That(_log.Messages, Has.One.Contains("is ignored"));
        await memory.RememberAsync(Refused(7), token);
        Assert.That(await memory.ReadAsync("m", token), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_file_beyond_the_bound_is_not_even_read(CancellationToken token)
    {
        using var memory = Memory();
        Directory.CreateDirectory(_folder["cache/.refused"]);
        File.WriteAllText(Path, new string(' ', RefusedVersionJson.MaxBytes + 1));
        Assert.That(await memory.ReadAsync("m", token), Is.Empty);
        Assert.That(_log.Messages, Has.One.Contains("are allowed"));
    }

    [Test]
    public async Task The_nearest_tree_that_can_be_written_remembers(CancellationToken token)
    {
        // A volume that is not mounted: its folder is missing and is never made.
        _trees.Add(new StoreFolder(_folder["volume"], "volume", _time, StoreFolderKind.Shared, isNetwork: false));
        using var memory = Memory();
        await memory.RememberAsync(Refused(7), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(Path), Is.True);
            Assert.That(Directory.Exists(_folder["volume"]), Is.False);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Directory.CreateDirectory(_folder["volume"]);
        await memory.RememberAsync(Refused(8), token);
        Assert.That((await memory.ReadAsync("m", token)).Select(static one => one.Revision), Is.EqualTo(new[] { 8L, 7L }));
    }

    [Test]
    public async Task Where_nothing_can_be_written_it_says_what_follows(CancellationToken token)
    {
        File.WriteAllText(_folder["cache"], "");
        using var memory = Memory();
        await memory.RememberAsync(Refused(7), token);
        Assert.That(_log.Messages, Has.One.Contains("m:2.0.0").And.One.Contains("ModelManagement:CachePath"));
    }

    [Test]
    public async Task A_network_volume_that_hangs_is_given_up_on_after_the_limit(CancellationToken token)
    {
        Directory.CreateDirectory(_folder["volume/.refused"]);
        Shell.Require("mkfifo", _folder["volume/.refused/m.json"]);
        _trees.Add(new StoreFolder(_folder["volume"], "volume", _time, StoreFolderKind.Shared, isNetwork: true));
        using var memory = Memory();
        var reading = memory.ReadAsync("m", token).AsTask();
        _time.Advance(Limit);
        using var all = Assert.EnterMultipleScope();
        Assert.That(await reading, Is.Empty);
        Assert.That(_log.Messages, Has.One.Contains("VolumeTimeout"));

        // Lets the stuck thread go.
        File.OpenHandle(_folder["volume/.refused/m.json"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose();
    }

    [TestCase("../m")]
    [TestCase("")]
    [TestCase("a/b")]
    public void Only_names_of_models_become_paths(string name)
    {
        using var memory = Memory();
        Assert.That(async () => await memory.ReadAsync(name, CancellationToken.None), Throws.ArgumentException);
    }

    private RefusalMemory Memory()
    {
        var trees = _trees.Append(new StoreFolder(_folder["cache"], "cache", _time, StoreFolderKind.Cache)).ToList();
        return new RefusalMemory(trees, Limit, _time, new Logger<RefusalMemory>(new OneLogger(_log)));
    }

    private RefusedVersion Refused(long revision, string? version = null) => new()
    {
        Model = "m",
        Selector = "stable",
        Revision = revision,
        Version = version is null ? Two : ModelVersion.Parse(version),
        Reason = "15 of 50 requests failed",
        At = _time.GetUtcNow(),
        LastGood = [new(ModelVersion.Parse("1.0.0"), 1)],
    };

    private sealed class OneLogger(RecordingLogger log) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}
