using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>Real processes on one directory: killed at a chosen moment, side by side, with and without locks.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestModel _model = TestModel.Create(weightsLength: 40 << 20);

    public ProcessTests() => _model.WriteTo(_folder["source"]);

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_process_killed_while_it_fetches_leaves_no_version_and_the_next_one_resumes(CancellationToken cancellationToken)
    {
        using (var killed = Fetch("--stop-after", "16000000"))
        {
            await killed.ExpectAsync("ready", cancellationToken);
            killed.Go();
            await killed.ExpectAsync("stopped", cancellationToken);
            await killed.KillAsync(cancellationToken);
        }

        Assert.That(File.Exists(_folder["cache/m/1.0.0/manifest.json"]), Is.False);
        Assert.That(File.Exists(_folder["cache/m/1.0.0/data/weights.bin"]), Is.False);

        using var next = Fetch();
        await next.ExpectAsync("ready", cancellationToken);
        next.Go();
        var done = await next.ExpectAsync("done", cancellationToken);

        Assert.That(BytesRead(done), Is.LessThanOrEqualTo(_model.Document.Manifest.TotalSize - 16_000_000).And.GreaterThan(0));
        Assert.That(Directory.GetFiles(_folder["cache/.partial"]), Is.Empty);
        _model.AssertIn(_folder["cache/m/1.0.0"]);
    }

    [Test]
    public async Task A_killed_owner_of_the_lock_holds_nobody_up(CancellationToken cancellationToken)
    {
        using var killed = Fetch("--stop-after", "16000000");
        using var waiting = Fetch();
        await killed.ExpectAsync("ready", cancellationToken);
        await waiting.ExpectAsync("ready", cancellationToken);
        killed.Go();
        await killed.ExpectAsync("stopped", cancellationToken);
        waiting.Go();
        await killed.KillAsync(cancellationToken);

        Assert.That(BytesRead(await waiting.ExpectAsync("done", cancellationToken)), Is.GreaterThan(0).And.LessThan(_model.Document.Manifest.TotalSize));
        _model.AssertIn(_folder["cache/m/1.0.0"]);
    }

    [Test]
    public async Task Several_processes_on_one_directory_download_once(CancellationToken cancellationToken)
    {
        var read = await RaceAsync([], cancellationToken);

        Assert.That(read.Order(), Is.EqualTo(new[] { 0, 0, 0, _model.Document.Manifest.TotalSize }));
        _model.AssertIn(_folder["cache/m/1.0.0"]);
    }

    [Test]
    public async Task Several_processes_without_locks_cause_double_work_at_most(CancellationToken cancellationToken)
    {
        var read = await RaceAsync(["--no-locks"], cancellationToken);

        Assert.That(read.Sum(), Is.GreaterThanOrEqualTo(_model.Document.Manifest.TotalSize));
        _model.AssertIn(_folder["cache/m/1.0.0"]);
    }

    [Test]
    public async Task Several_processes_on_one_volume_download_once(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder["volume"]);

        var read = await RaceAsync(["--volume", _folder["volume"]], cancellationToken);

        Assert.That(read.Order(), Is.EqualTo(new[] { 0, 0, 0, _model.Document.Manifest.TotalSize }));
        _model.AssertIn(_folder["volume/m/1.0.0"]);
    }

    [Test]
    public async Task A_lock_is_seen_by_another_process_and_ends_with_its_owner(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        using var owner = new WorkerProcess("hold-lock", "--path", _folder["a.lock"]);
        await owner.ExpectAsync("Held", cancellationToken);
        var waiting = new CrossProcessLocks(time).AcquireAsync(_folder["a.lock"], static _ => ValueTask.FromResult(false), cancellationToken).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);

        await owner.KillAsync(cancellationToken);
        time.Advance(TimeSpan.FromMilliseconds(20));

        await using var held = await waiting;
        Assert.That(held.Outcome, Is.EqualTo(LockOutcome.Held));
    }

    private static long BytesRead(string done) => long.Parse(done.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<long>> RaceAsync(string[] options, CancellationToken cancellationToken)
    {
        var racers = Enumerable.Range(0, 4).Select(_ => Fetch(options)).ToList();
        try
        {
            foreach (var racer in racers)
            {
                await racer.ExpectAsync("ready", cancellationToken);
            }

            racers.ForEach(static racer => racer.Go());
            List<long> read = [];
            foreach (var racer in racers)
            {
                read.Add(BytesRead(await racer.ExpectAsync("done", cancellationToken)));
                Assert.That(await racer.ExitAsync(cancellationToken), Is.Zero);
            }

            return read;
        }
        finally
        {
            racers.ForEach(static racer => racer.Dispose());
        }
    }

    private WorkerProcess Fetch(params string[] options) =>
        new(["fetch", "--source", _folder["source"], "--cache", _folder["cache"], "--model", "m", "--version", "1.0.0", .. options]);
}
