using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>
/// Looks at the models every few seconds, and at once when something has happened to one. Runs themselves never come here: all it knows it reads from
/// the counts they leave.
/// </summary>
internal sealed class ModelMonitor : IModelMonitor, IDisposable
{
    private static readonly TimeSpan AlertInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TrendInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly ServingContext _context;
    private readonly AlertSinks _sinks;
    private readonly ModelManagementOptions _options;
    private readonly ILogger _logger;
    private readonly WatchedVersions _versions;
    private readonly AlertBook _book;
    private readonly VersionRules _versionRules;
    private readonly ServingRules _servingRules;
    private readonly MemoryRule? _memoryRule;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeSpan _interval;
    private ITimer? _timer;
    private Task _listening = Task.CompletedTask;

    public ModelMonitor(RouteTable routes, RouteKeepers keepers, ServedModels models, ServingContext context, AlertSinks sinks, ModelManagementOptions options, ILogger logger)
    {
        (_context, _sinks, _options, _logger) = (context, sinks, options, logger);
        _versions = new WatchedVersions(models.All, options, context.Clock);
        _book = new AlertBook(context.Clock, options.Alerts.Cooldown);
        _versionRules = new VersionRules(options.Alerts);
        _servingRules = new ServingRules(routes, keepers, options, context.Clock);
        _memoryRule = context.Memory is { } memory ? new MemoryRule(memory, options.Alerts, context.Clock) : null;
        _interval = options.Alerts.Enabled ? AlertInterval : TrendInterval;
    }

    public IReadOnlyList<ModelTrend> Trends => TrendsSince(DateTimeOffset.UnixEpoch);

    public IReadOnlyList<Alert> ActiveAlerts
    {
        get
        {
            lock (_gate)
            {
                return _book.Active;
            }
        }
    }

    public IReadOnlyList<ModelTrend> TrendsSince(DateTimeOffset from)
    {
        lock (_gate)
        {
            if (!_options.Trends)
            {
                return [];
            }

            _versions.Absorb();
            return _versions.Describe(from);
        }
    }

    /// <summary>Looks now, and again and again from now on.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_timer is not null || _stopping.IsCancellationRequested)
            {
                return;
            }

            _timer = _context.Clock.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_options.Alerts.Enabled)
            {
                _listening = ListenAsync(_context.Feed.FollowAsync(_stopping.Token));
            }
        }

        OnTimer();
    }

    /// <summary>Looks no more, and gives the sinks a moment for what they have not taken yet.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _timer?.Dispose();
        }

        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _sinks.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _stopping.Dispose();
    }

    private async Task ListenAsync(IAsyncEnumerable<ModelChange> changes)
    {
        await foreach (var change in changes.ConfigureAwait(false))
        {
            if (change.Kind is ModelChangeKind.Failed or ModelChangeKind.RolledBack or ModelChangeKind.IntegrityFailed)
            {
                lock (_gate)
                {
                    _servingRules.Hear(change);
                }

                Look();
            }
        }
    }

    private void OnTimer()
    {
        Look();

        // Looks come on the full minute, so that the minutes of trends are those of the clock.
        var past = TimeSpan.FromTicks(_context.Clock.GetUtcNow().UtcTicks % _interval.Ticks);
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested)
            {
                _timer!.Change(_interval - past, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Look()
    {
        try
        {
            lock (_gate)
            {
                _versions.Absorb();
                if (_options.Alerts.Enabled)
                {
                    _sinks.Publish(_book.Apply(Judge()));
                }
            }
        }
        catch (Exception e)
        {
            MonitoringLog.LookFailed(_logger, e);
        }
    }

    private IEnumerable<AlertFinding> Judge() =>
        _versions.All.Where(static version => version.Settings.Enabled).SelectMany(_versionRules.Judge)
            .Concat(_servingRules.Judge().Where(finding => finding.Model is null || _versions.SettingsOf(finding.Model).Enabled))
            .Concat(_memoryRule?.Judge() ?? []);
}
