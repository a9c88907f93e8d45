using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ModelPersistence.Monitoring;

/// <summary>What one sink has still to take. Bounded: whoever is too slow loses the oldest. A pump hands them over, one at a time.</summary>
internal sealed class SinkQueue : IDisposable
{
    public const int Most = 256;

    private readonly IAlertSink _sink;
    private readonly ILogger _logger;
    private readonly Channel<Alert> _alerts;
    private readonly CancellationTokenSource _abandoned = new();
    private long _dropped;

    public SinkQueue(IAlertSink sink, ILogger logger)
    {
        (_sink, _logger) = (sink, logger);
        _alerts = Channel.CreateBounded<Alert>(new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, OnDropped);
        Pumped = Task.Run(PumpAsync);
    }

    /// <summary>Completes when everything was taken after <see cref="Complete"/>, or was abandoned.</summary>
    public Task Pumped { get; }

    /// <summary>How many were dropped since the sink last caught up.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    private string Name => _sink.GetType().Name;

    public void Add(Alert alert) => _alerts.Writer.TryWrite(alert);

    /// <summary>Takes no more.</summary>
    public void Complete() => _alerts.Writer.TryComplete();

    /// <summary>Gives up what was not taken yet. Waits for nothing.</summary>
    public void Abandon()
    {
        if (!Pumped.IsCompleted)
        {
            MonitoringLog.Abandoned(_logger, Name, _alerts.Reader.Count + 1);

            // Elsewhere: a sink may do what it likes when it is cancelled.
            _ = _abandoned.CancelAsync();
        }
    }

    public void Dispose() => (_sink as WebhookAlertSink)?.Dispose();

    private void OnDropped(Alert alert)
    {
        if (Interlocked.Increment(ref _dropped) == 1)
        {
            MonitoringLog.Dropping(_logger, Name, Most);
        }
    }

    private async Task PumpAsync()
    {
        await foreach (var alert in _alerts.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await _sink.SendAsync(alert, _abandoned.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                MonitoringLog.SinkFailed(_logger, Name, alert.Rule, e.Message);
            }

            if (_alerts.Reader.Count == 0 && Interlocked.Exchange(ref _dropped, 0) is var dropped and > 0)
            {
                MonitoringLog.CaughtUp(_logger, Name, dropped);
            }

            if (_abandoned.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
