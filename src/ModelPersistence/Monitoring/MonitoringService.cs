using Microsoft.Extensions.Hosting;
using ModelPersistence.Configuration;

namespace ModelPersistence.Monitoring;

/// <summary>Begins to look after the models when their start is over, and stops with the host. The monitor is not even made before.</summary>
internal sealed class MonitoringService(Func<ModelMonitor> create, ModelManagementOptions options, TimeProvider clock) : IHostedService, IDisposable
{
    /// <summary>The processors belong to the start and its first requests. What they count is not lost.</summary>
    public static readonly TimeSpan BeginAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private ModelMonitor? _monitor;
    private bool _stopped;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.IsMonitored)
        {
            _timer = clock.CreateTimer(static service => ((MonitoringService)service!).Begin(), this, BeginAfter, Timeout.InfiniteTimeSpan);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopped = true;
            _timer?.Dispose();
            return _monitor?.StopAsync(cancellationToken) ?? Task.CompletedTask;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            _timer?.Dispose();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            try
            {
                _monitor = create();
                _monitor.Begin();
            }
            catch (ObjectDisposedException)
            {
                // A host that is disposed without having been stopped: there is nothing left to look after, and this thread is a timer's.
                _stopped = true;
            }
        }
    }
}
