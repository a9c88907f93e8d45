using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;

namespace ModelPersistence.Startup;

/// <summary>
/// Loads the models the host names: critical ones first, the others behind them, each tried again with growing delays while it fails.
/// The host's start waits only where it is told to.
/// </summary>
internal sealed class ModelStartup(
    RouteTable routes,
    ModelProvider provider,
    RuntimeEnvironment environment,
    ModelStatus status,
    ServingContext context,
    ModelManagementOptions options,
    ILogger<ModelStartup> logger) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _parallel = new(options.MaxParallelLoads);
    private readonly TaskCompletionSource _criticalReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loading = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Begun before the other hosted services start, so that their starting time is not lost.
        environment.Begin();
        Enter(StartupPhase.CoreReady);
        _loading = Task.Run(LoadAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.WaitFor != WaitFor.Critical)
        {
            return;
        }

        try
        {
            await _criticalReady.Task.WaitAsync(options.StartupTimeout, context.Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(Explain(), e);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        // Last of all: the host's other services may use models until they have stopped.
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await provider.DrainAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _parallel.Dispose();
    }

    private async Task LoadAllAsync()
    {
        var stopping = _stopping.Token;
        using var timeout = context.Clock.CreateTimer(_ => Overdue(), null, options.StartupTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            var named = routes.All.Where(static route => route is { IsNamed: true, Options.Load: LoadMode.Startup }).ToList();
            Enter(StartupPhase.ModelsLoading);
            await Task.WhenAll(named.Where(static route => route.Options.Critical).Select(route => LoadAsync(route, stopping))).ConfigureAwait(false);
            Enter(StartupPhase.ModelsReady);
            _criticalReady.TrySetResult();
            status.Fault(null);
            await Task.WhenAll(named.Where(static route => !route.Options.Critical).Select(route => LoadAsync(route, stopping))).ConfigureAwait(false);
            await SettledAsync(stopping).ConfigureAwait(false);
            Enter(StartupPhase.FullyReady);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            _criticalReady.TrySetCanceled(stopping);
        }
        catch (ObjectDisposedException)
        {
            // The provider was drained while models were still loading.
            _criticalReady.TrySetCanceled(CancellationToken.None);
        }
    }

    private async Task LoadAsync(ModelRoute route, CancellationToken stopping)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await _parallel.WaitAsync(stopping).ConfigureAwait(false);
                try
                {
                    await provider.EnsureAsync(route, stopping).ConfigureAwait(false);
                    return;
                }
                finally
                {
                    _parallel.Release();
                }
            }
            catch (Exception e) when (e is not ObjectDisposedException && (e is not OperationCanceledException || !stopping.IsCancellationRequested))
            {
                // Logged and shown in the status where it happened. Even a missing model may be published any moment.
                var delay = RetryDelays.After(attempt, Random.Shared.NextDouble());
                StartupLog.Retry(logger, route.Reference.ToString(), delay.TotalSeconds, attempt);
                await Task.Delay(delay, context.Clock, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task SettledAsync(CancellationToken stopping)
    {
        while (true)
        {
            var change = context.NextChange;
            if (routes.All.Where(static route => route.IsNamed).All(static route => route.Plan is not { } plan || plan.Targets.All(static target => target.Served.IsSettled)))
            {
                return;
            }

            await change.WaitAsync(stopping).ConfigureAwait(false);
        }
    }

    private void Overdue()
    {
        if (status.Phase < StartupPhase.ModelsReady)
        {
            var reason = Explain();
            StartupLog.TimedOut(logger, reason);
            status.Fault(reason);
        }
    }

    private string Explain()
    {
        var missing = routes.All.Where(static route => route is { IsNamed: true, Options.Critical: true, Plan: null });
        return $"Not all critical models were ready within {ModelManagementOptions.SectionName}:StartupTimeout ({options.StartupTimeout}): "
            + string.Join("; ", missing.Select(static route => $"{route.Reference} is {route.State}{(route.Failure is { } failure ? $" ({failure.Message})" : "")}"));
    }

    private void Enter(StartupPhase phase)
    {
        StartupLog.Phase(logger, phase);
        status.Enter(phase);
    }
}
