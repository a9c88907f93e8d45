using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace ModelPersistence.Transfer;

/// <summary>Works off the files of one version with streams side by side, as many as make it faster. Each has one buffer of its own.</summary>
internal sealed class TransferPool
{
    private static readonly TimeSpan ObserveEvery = TimeSpan.FromMilliseconds(200);

    // Of the processors this process may use. A server on the same machine or other work takes the rest.
    private const double Busy = 0.75;

    private readonly Func<TimeSpan> _processorTime;
    private readonly TransferQueue _queue;
    private readonly int _longestChunk;
    private readonly TimeProvider _time;
    private readonly TransferMeter _meter;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamController _controller;
    private Exception? _fault;
    private int _streams;
    private (long At, long Received, int Throttled, TimeSpan Processor) _observed;

    public TransferPool(
        string name, IReadOnlyList<IFileTransfer> files, int longestChunk, TransferSettings settings, TimeProvider time, TransferMeter meter, ILogger logger)
    {
        (_name, _longestChunk, _time, _meter, _logger) = (name, longestChunk, time, meter, logger);
        _processorTime = settings.ProcessorTime;
        _queue = new TransferQueue(files);
        _controller = new StreamController(settings.FirstStreams, settings.MaxStreams);
    }

    /// <summary>Completes when all files are there, or with the first fault after all streams have ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _observed = (_time.GetTimestamp(), 0, 0, _processorTime());
        var timer = _time.CreateTimer(_ => Observe(stopping), null, ObserveEvery, ObserveEvery);
        await using (timer.ConfigureAwait(false))
        {
            lock (_gate)
            {
                Start(_controller.Streams, stopping);
            }

            await _ended.Task.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_fault is not null)
        {
            ExceptionDispatchInfo.Throw(_fault);
        }
    }

    private void Start(int count, CancellationTokenSource stopping)
    {
        for (; count > 0; count--)
        {
            _streams++;
            _ = Task.Run(() => StreamAsync(stopping), CancellationToken.None);
        }
    }

    private async Task StreamAsync(CancellationTokenSource stopping)
    {
        var hasLeft = false;
        try
        {
            using StreamBuffer buffer = new(_longestChunk);
            while (!(hasLeft = TryLeave()) && await _queue.TakeAsync(stopping.Token).ConfigureAwait(false) is { } work)
            {
                if (work.Run is { } run)
                {
                    await work.File.TransferAsync(run, buffer, stopping.Token).ConfigureAwait(false);
                }
                else
                {
                    _queue.Opened(work.File, work.File.Open(stopping.Token));
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                // The others are then cancelled, which is no fault of its own.
                _fault ??= e;
            }

            await stopping.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            bool isLast;
            lock (_gate)
            {
                isLast = !hasLeft && --_streams == 0;
            }

            if (isLast)
            {
                _ended.SetResult();
            }
        }
    }

    /// <summary>Counts a stream out that is one too many. Seen and done at once, lest all of them leave.</summary>
    private bool TryLeave()
    {
        lock (_gate)
        {
            if (_streams <= _controller.Streams)
            {
                return false;
            }

            _streams--;
            return true;
        }
    }

    private void Observe(CancellationTokenSource stopping)
    {
        lock (_gate)
        {
            var (now, received, throttled, processor) = (_time.GetTimestamp(), _meter.Received, _meter.Throttled, _processorTime());
            var elapsed = _time.GetElapsedTime(_observed.At, now);
            if (elapsed < ObserveEvery / 2 || _streams == 0 || _fault is not null)
            {
                return;
            }

            var rate = (received - _observed.Received) / elapsed.TotalSeconds;
            var before = _controller.Streams;
            var isBusy = (processor - _observed.Processor) > Busy * Environment.ProcessorCount * elapsed;
            _controller = _controller.Next(rate, throttled > _observed.Throttled, isBusy);
            _observed = (now, received, throttled, processor);
            if (_controller.Streams != before)
            {
                TransferLog.Streams(_logger, _controller.Streams, _name, rate / 1e6);
            }

            if (_queue.HasRuns)
            {
                Start(_controller.Streams - _streams, stopping);
            }
        }
    }
}
