using ModelPersistence.Models;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TransferPoolTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TransferMeter _meter = new();
    private readonly RecordingLogger _log = new();
    private TimeSpan _processorTime;

    [Test]
    public async Task Small_files_are_brought_side_by_side(CancellationToken token)
    {
        // The first file can only be opened when seven others are being brought.
        using CountdownEvent others = new(7);
        var files = Files(8, open: number =>
        {
            if (number == 0)
            {
                others.Wait(token);
            }
        }, bring: _ =>
        {
            if (others.CurrentCount > 0)
            {
                others.Signal();
            }

            return Task.CompletedTask;
        });
        var pool = Pool(files);
        await pool.RunAsync(token);

        Assert.That(files.Select(static file => file.Brought), Has.All.EqualTo(1));
    }

    [Test]
    public async Task Runs_of_open_files_go_before_further_files(CancellationToken token)
    {
        var opened = 0;
        var most = 0;
        var files = Files(50, runs: 3, open: _ => most = Math.Max(most, Interlocked.Increment(ref opened)), bring: _ =>
        {
            return Task.CompletedTask;
        }, last: () => Interlocked.Decrement(ref opened));
        await Pool(files, most: 1).RunAsync(token);

        Assert.That(most, Is.EqualTo(1));
        Assert.That(files.Select(static file => file.Brought), Has.All.EqualTo(3));
    }

    [Test]
    public async Task Memory_is_bounded_by_the_streams_however_large_the_version(CancellationToken token)
    {
        var files = Files(1, runs: 1000, bring: async _ => await Task.Yield());
        await Pool(files).RunAsync(token);
        Assert.That(files[0].Buffers, Has.Count.LessThanOrEqualTo(8));
    }

    [Test]
    public async Task Streams_are_added_while_that_makes_it_faster(CancellationToken token)
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;
        var files = Files(1, runs: 100, bring: _ =>
        {
            Interlocked.Increment(ref begun);
            return go.Task;
        });
        var running = Pool(files).RunAsync(token);
        while (Volatile.Read(ref begun) < 8)
        {
            // Until the file is open, there is nothing that more streams could do.
            await Task.Yield();
        }

        for (var second = 1; second <= 10; second++)
        {
            _meter.OnReceived(1000 * second * second);
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        while (Volatile.Read(ref begun) < 32)
        {
            // As many as the streams that there may be: each is held up with one.
            await Task.Yield();
        }

        Assert.That(_log.Messages.Last(), Does.StartWith("32 streams are used"));
        go.SetResult();
        await running;
    }

    [Test]
    public async Task No_streams_are_added_while_this_process_keeps_the_processors_busy(CancellationToken token)
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var files = Files(1, runs: 100, bring: _ => go.Task);
        var running = Pool(files).RunAsync(token);
        for (var second = 1; second <= 10; second++)
        {
            _meter.OnReceived(1000 * second * second);
            _processorTime += TimeSpan.FromMilliseconds(190) * Environment.ProcessorCount;
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.That(_log.Messages, Is.Empty, "every change of the number of streams is logged");
        go.SetResult();
        await running;
    }

    [Test]
    public async Task A_source_that_is_asked_too_often_is_asked_by_fewer_streams(CancellationToken token)
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, most) = (0, 0);
        var files = Files(1, runs: 40, bring: async _ =>
        {
            var mine = Interlocked.Increment(ref now);
            if (go.Task.IsCompleted)
            {
                most = Math.Max(most, mine);
            }

            await go.Task;
            Interlocked.Decrement(ref now);
        });
        var running = Pool(files).RunAsync(token);
        _meter.OnThrottled();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        go.SetResult();
        await running;

        Assert.That(files[0].Brought, Is.EqualTo(40));
        Assert.That(most, Is.LessThanOrEqualTo(8));
    }

    [Test]
    public void The_first_fault_ends_all_streams_and_is_the_one_that_is_told()
    {
        var ended = 0;
        var files = Files(8, bring: async file =>
        {
            if (file.Number == 3)
            {
                throw new InvalidOperationException("the fault");
            }

            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, file.Token);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        });

        Assert.That(async () => await Pool(files).RunAsync(CancellationToken.None), Throws.InvalidOperationException.With.Message.EqualTo("the fault"));
        Assert.That(ended, Is.EqualTo(files.Sum(static file => file.Brought) - 1));
    }

    [Test]
    public void A_caller_that_leaves_ends_all_streams()
    {
        using CancellationTokenSource leaving = new();
        var files = Files(8, bring: async file =>
        {
            await leaving.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, file.Token);
        });

        Assert.That(async () => await Pool(files).RunAsync(leaving.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static List<FakeFile> Files(int count, int runs = 1, Action<int>? open = null, Func<FakeFile, Task>? bring = null, Action? last = null) =>
        [.. Enumerable.Range(0, count).Select(number => new FakeFile(number, runs, open, bring, last))];

    private TransferPool Pool(List<FakeFile> files, int most = 32) =>
        new("m:1.0.0", files, TestFiles.ChunkLength, new TransferSettings { MaxStreams = most, ProcessorTime = () => _processorTime }, _time, _meter, _log);

    private sealed class FakeFile(int number, int runs, Action<int>? open, Func<FakeFile, Task>? bring, Action? last) : IFileTransfer
    {
        private readonly ModelFile _file = TestFiles.Describe("f", new byte[1]);
        private int _brought;

        public int Number => number;

        public int Brought => _brought;

        public CancellationToken Token { get; private set; }

        public HashSet<StreamBuffer> Buffers { get; } = [];

        public IReadOnlyList<ChunkRun> Open(CancellationToken cancellationToken)
        {
            open?.Invoke(number);
            return [.. Enumerable.Repeat(ChunkRun.Whole(_file), runs)];
        }

        public async Task TransferAsync(ChunkRun run, StreamBuffer buffer, CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            lock (Buffers)
            {
                Buffers.Add(buffer);
            }

            var isLast = Interlocked.Increment(ref _brought) == runs;
            await (bring?.Invoke(this) ?? Task.CompletedTask);
            if (isLast)
            {
                last?.Invoke();
            }
        }
    }
}
