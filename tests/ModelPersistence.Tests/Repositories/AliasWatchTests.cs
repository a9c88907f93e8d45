using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Publishing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

/// <summary>Real files and the system's own watcher.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class AliasWatchTests : IDisposable
{
    private readonly TestTree _tree = new();
    private readonly RecordingLogger _log = new();
    private readonly LoggerFactory _loggers;
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _told = new();
    private AliasWatch? _watch;
    private int _acts;

    public AliasWatchTests() => _loggers = new([_log]);

    public void Dispose()
    {
        _watch?.Dispose();
        _loggers.Dispose();
        _tree.Dispose();
    }

    [Test]
    public async Task Aliases_that_are_edited_replaced_or_deleted_are_a_change(CancellationToken cancellationToken)
    {
        _tree.AddAliases("m", 1, ("stable", "1.0.0"));
        await WatchAsync("m");
        Assert.That(await ToldAsync(() => File.AppendAllText(_tree["m/aliases.json"], " "), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => File.Move(_tree.Write("m/.new", "{}"), _tree["m/aliases.json"], overwrite: true), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => File.Delete(_tree["m/aliases.json"]), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => _tree.AddAliases("m", 2, ("stable", "1.0.0")), cancellationToken), Is.EqualTo(new[] { "m" }));
    }

    [Test]
    public async Task A_version_that_comes_is_completed_or_goes_is_a_change(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_tree["m"]);
        _tree.AddVersion("staged", "1.0.0");
        await WatchAsync("m");
        Assert.That(await ToldAsync(() => Directory.Move(_tree["staged/1.0.0"], _tree["m/1.0.0"]), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => _tree.AddVersion("m", "2.0.0"), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => File.Delete(_tree["m/1.0.0/manifest.json"]), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => Directory.Delete(_tree["m/2.0.0"], recursive: true), cancellationToken), Is.EqualTo(new[] { "m" }));
    }

    [Test]
    public async Task A_model_that_is_moved_in_whole_is_a_change(CancellationToken cancellationToken)
    {
        using TestTree outside = new();
        outside.AddVersion("m", "1.0.0");
        await WatchAsync("m");
        Assert.That(await ToldAsync(() => Directory.Move(outside["m"], _tree["m"]), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => _tree.AddAliases("m", 1, ("stable", "1.0.0")), cancellationToken), Is.EqualTo(new[] { "m" }));
    }

    [Test]
    public async Task What_a_publisher_does_is_a_change(CancellationToken cancellationToken)
    {
        using TemporaryFolder source = new();
        await File.WriteAllTextAsync(source["model.onnx"], "graph", cancellationToken);
        var provider = _tree.Provider("volume", acceptsPublishing: true);
        await WatchAsync([provider], "m");
        var publisher = ObjectScene.Over([provider]);
        Assert.That(await ToldAsync(() => publisher.PublishAsync(source.Root, "m", TestTree.V("1.0.0"), cancellationToken: cancellationToken).GetAwaiter().GetResult(), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(await ToldAsync(() => publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"), cancellationToken: cancellationToken).GetAwaiter().GetResult(), cancellationToken), Is.EqualTo(new[] { "m" }));
    }

    [Test]
    public async Task Other_models_and_other_files_are_none(CancellationToken cancellationToken)
    {
        _tree.AddVersion("m", "1.0.0");
        _tree.AddAliases("m", 1, ("stable", "1.0.0"));
        await WatchAsync("m");
        Assert.That(await ToldAsync(Write, cancellationToken), Is.Empty);

        void Write()
        {
            _tree.AddAliases("other", 1, ("stable", "1.0.0"));
            _tree.Write(".partial/part");
            _tree.Write("m/1.0.0/data/weights.bin");
            _tree.Write("m/.aliases/2.json");
            _tree.Write("m/readme.txt");
        }
    }

    [Test]
    public async Task The_local_cache_is_not_watched(CancellationToken cancellationToken)
    {
        using TestTree cache = new();
        DirectoryProvider own = new(new DirectoryProviderOptions { Name = "LocalCache", Path = cache.Root, RootMayBeAbsent = true }, TimeProvider.System);
        await WatchAsync([own, _tree.Provider()], "m");
        Assert.That(await ToldAsync(() => cache.AddAliases("m", 1, ("stable", "1.0.0")), cancellationToken), Is.Empty);
    }

    [Test]
    public void What_happens_within_a_moment_is_told_once()
    {
        ManualTimeProvider time = new();
        Create([], time);
        _watch!.Watch("m");
        _watch.Watch("n");
        _watch.Touch("m");
        time.Advance(AliasWatch.Collected / 2);
        _watch.Touch("n");
        _watch.Touch("m");
        _watch.Touch("other");
        var early = _told.ToArray();
        time.Advance(AliasWatch.Collected / 2);
        var first = _told.ToArray();
        time.Advance(AliasWatch.Collected);
        _watch.TouchAll();
        time.Advance(AliasWatch.Collected);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(early, Is.Empty);
            Assert.That(first, Is.EqualTo(new[] { "m", "n" }), "what comes meanwhile does not put the telling off");
            Assert.That(_told, Is.EqualTo(new[] { "m", "n", "m", "n" }));
        }
    }

    [Test]
    public async Task A_tree_that_cannot_be_watched_is_said_once_and_hinders_nobody(CancellationToken cancellationToken)
    {
        DirectoryProvider missing = new(new DirectoryProviderOptions { Name = "gone", Path = _tree["not/there"] }, TimeProvider.System);
        await WatchAsync([missing, _tree.Provider()], "m");
        _watch!.Watch("n");
        await _watch.WhenWatching;
        Assert.That(await ToldAsync(() => _tree.AddAliases("m", 1, ("stable", "1.0.0")), cancellationToken), Is.EqualTo(new[] { "m" }));
        Assert.That(_log.Messages, Has.One.Contains("is not watched").And.One.Contains("'gone'").And.One.Contains("RefreshInterval"));
    }

    [Test]
    [Platform("Linux")]
    public async Task More_events_than_the_system_keeps_are_a_change_of_every_model(CancellationToken cancellationToken)
    {
        var kept = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events", cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        Assume.That(kept, Is.LessThan(100_000), "the queue is too long to be filled here");
        _tree.AddAliases("a", 1, ("stable", "1.0.0"));
        _tree.AddAliases("b", 1, ("stable", "1.0.0"));
        using StandingTime time = new();
        await WatchAsync([_tree.Provider()], "a", time);
        _watch!.Watch("b");

        // The watcher's own thread stands still at the first event, so that the queue behind it fills up.
        _tree.AddAliases("a", 2, ("stable", "1.0.0"));
        await time.Reached.WaitAsync(cancellationToken);
        for (var i = 0; i < kept; i++)
        {
            File.Create(_tree["x"]).Dispose();
            File.Delete(_tree["x"]);
        }

        time.Go();
        HashSet<string> told = [];
        while (!told.SetEquals(["a", "b"]))
        {
            told.Add(await _changes.Reader.ReadAsync(cancellationToken));
        }

        Assert.That(_log.Messages, Has.One.Contains("every model is looked at"));
        Assert.That(await ToldAsync(() => _tree.AddAliases("b", 2, ("stable", "1.0.0")), cancellationToken), Does.Contain("b"), "watching goes on");
    }

    [Test]
    public async Task After_its_end_nothing_is_told(CancellationToken cancellationToken)
    {
        await WatchAsync("m");
        var ended = _watch!;
        ended.Dispose();
        ended.Watch("n");
        Create([_tree.Provider()]);
        Assert.That(await ToldAsync(() => _tree.AddAliases("m", 1, ("stable", "1.0.0")), cancellationToken), Is.Empty, "neither by the one that ended nor by one that was not asked");
    }

    [TestCase("m/aliases.json", true, true)]
    [TestCase("m", false, true)]
    [TestCase("m", true, false)]
    [TestCase("m/1.0.0", false, true)]
    [TestCase("m/1", false, true)]
    [TestCase("m/1.0.0", true, false)]
    [TestCase("m/1.0.0/manifest.json", true, true)]
    [TestCase("m/1/model.onnx", false, true)]
    [TestCase("m/1/model.onnx", true, false)]
    [TestCase("m/readme.txt", false, false)]
    [TestCase("m/1.0.0/data/manifest.json", true, false)]
    [TestCase(".partial/1.0.0/manifest.json", true, false)]
    [TestCase("m/.aliases/3.json", false, false)]
    [TestCase("Not a model/aliases.json", true, false)]
    [TestCase("", false, false)]
    [TestCase(null, false, false)]
    public void What_matters_is_told_by_the_path(string? path, bool isContent, bool matters) =>
        Assert.That(TreeWatch.ModelOf(path?.Replace('/', Path.DirectorySeparatorChar), isContent), Is.EqualTo(matters ? "m" : null));

    private Task WatchAsync(string model) => WatchAsync([_tree.Provider()], model);

    private Task WatchAsync(IEnumerable<IStorageProvider> providers, string model, TimeProvider? time = null)
    {
        Create(providers, time);
        _watch!.Watch(model);
        return _watch.WhenWatching;
    }

    private void Create(IEnumerable<IStorageProvider> providers, TimeProvider? time = null)
    {
        _watch = new AliasWatch(new ProviderChain(providers), time ?? TimeProvider.System, _loggers.CreateLogger<AliasWatch>());
        _watch.Changed += model =>
        {
            _told.Enqueue(model);
            _changes.Writer.TryWrite(model);
        };
    }

    /// <summary>Does something, and gives the models that were told because of it. Events come in their order: a further one shows that all of it was told.</summary>
    private async Task<string[]> ToldAsync(Action act, CancellationToken cancellationToken)
    {
        var last = $"last-{_acts++}";
        _watch!.Watch(last);
        await _watch.WhenWatching;
        act();
        _tree.AddAliases(last, 1);
        HashSet<string> told = [];
        for (string? model = null; model != last; told.Add(model))
        {
            model = await _changes.Reader.ReadAsync(cancellationToken);
        }

        return [.. told.Where(static model => !model.StartsWith("last-", StringComparison.Ordinal))];
    }

    /// <summary>A clock whose first timer to be set stands still until a test lets it go on.</summary>
    private sealed class StandingTime : TimeProvider, IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _gate = new();

        public Task Reached => _reached.Task;

        public void Go() => _gate.Set();

        public void Dispose() => _gate.Dispose();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new StandingTimer(this, base.CreateTimer(callback, state, dueTime, period));

        private sealed class StandingTimer(StandingTime time, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time._reached.TrySetResult();
                time._gate.Wait();
                return inner.Change(dueTime, period);
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
