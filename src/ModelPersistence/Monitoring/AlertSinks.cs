using Microsoft.Extensions.Logging;

namespace ModelPersistence.Monitoring;

/// <summary>Hands alerts to all sinks. Neither sinks nor what they need are made before the first alert.</summary>
internal sealed class AlertSinks(Func<IEnumerable<IAlertSink>> create, TimeProvider clock, ILogger logger) : IDisposable
{
    /// <summary>How long a shutdown waits for sinks at most.</summary>
    public static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private SinkQueue[]? _queues;
    private bool _stopped;

    /// <summary>Never waits for a sink.</summary>
    public void Publish(IReadOnlyList<Alert> alerts)
    {
        if (alerts.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _queues ??= Create();
        }

        foreach (var queue in _queues)
        {
            foreach (var alert in alerts)
            {
                queue.Add(alert);
            }
        }
    }

    /// <summary>Gives the sinks a moment for what they have not taken yet, and abandons the rest.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopped = true;
        }

        if (_queues is not { } queues)
        {
            return;
        }

        foreach (var queue in queues)
        {
            queue.Complete();
        }

        await Task.WhenAll(queues.Select(static queue => queue.Pumped)).WaitAsync(LastFlush, clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var queue in queues)
        {
            queue.Abandon();
        }
    }

    public void Dispose()
    {
        foreach (var queue in _queues ?? [])
        {
            queue.Dispose();
        }
    }

    private SinkQueue[] Create()
    {
        List<SinkQueue> queues = [];
        try
        {
            foreach (var sink in create())
            {
                queues.Add(new SinkQueue(sink, logger));
            }
        }
        catch (Exception e)
        {
            // The library's own come first, and go without those of the host.
            MonitoringLog.SinkNotMade(logger, e);
        }

        return [.. queues];
    }
}
