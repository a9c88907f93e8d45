using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Store;

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
    StoreUpkeep upkeep,
    ModelManagementOptions options,
    ILogger<ModelStartup> logger) : IHostedLifecycleService, IDisposable
{
    // The disk belongs to the start and its first requests.
    private static readonly TimeSpan CollectAfter = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _parallel = new(options.MaxParallelLoads);
    private readonly TaskCompletionSource _criticalReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _retries = [];
    private Task _loading = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Begun before the other hosted services start, so that their starting time is not lost.
        environment.Begin();
        Enter(StartupPhase.CoreReady);
        _loading = Task.Run(LoadAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) =>
        options.WaitFor == WaitFor.Critical ? AwaitCriticalAsync(cancellationToken) : Task.CompletedTask;

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
        context.Stop();
        _stopping.Dispose();
        _parallel.Dispose();
    }

    private async Task AwaitCriticalAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _criticalReady.Task.WaitAsync(options.StartupTimeout, context.Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(Explain(), e);
        }
    }

    private async Task LoadAllAsync()
    {
        var stopping = _stopping.Token;
        using var timeout = context.Clock.CreateTimer(_ => Overdue(), null, options.StartupTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            var named = routes.All.Where(static route => route.IsNamed).ToList();
            Enter(StartupPhase.ModelsLoading);
            await Task.WhenAll(named.Where(static route => route.Options.Critical).Select(route => LoadAsync(route, stopping))).ConfigureAwait(false);
            Enter(StartupPhase.ModelsReady);
            _criticalReady.TrySetResult();
            status.Fault(null);
            await Task.WhenAll(named.Where(static route => route.Options is { Critical: false, Load: LoadMode.Startup }).Select(route => TryOnceAsync(route, stopping))).ConfigureAwait(false);
            await SettledAsync(stopping).ConfigureAwait(false);
            Enter(StartupPhase.FullyReady);
            foreach (var route in named.Where(static route => route.Options is { Critical: false, Load: LoadMode.Background }))
            {
                await TryOnceAsync(route, stopping).ConfigureAwait(false);
            }

            await Task.Delay(CollectAfter, context.Clock, stopping).ConfigureAwait(false);
            await upkeep.CollectAsync(stopping).ConfigureAwait(false);
            await Task.WhenAll(_retries).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            _criticalReady.TrySetCanceled(stopping);
        }
        catch (ObjectDisposedException) when (context.IsStopping)
        {
            // The provider was drained while models were still loading.
            _criticalReady.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <summary>One attempt. What fails is tried again behind the start, which does not wait for it.</summary>
    private async Task TryOnceAsync(ModelRoute route, CancellationToken stopping)
    {
        if (!await AttemptAsync(route, stopping).ConfigureAwait(false))
        {
            lock (_retries)
            {
                _retries.Add(RetryAsync(route, 1, stopping));
            }
        }
    }

    private async Task LoadAsync(ModelRoute route, CancellationToken stopping)
    {
        if (!await AttemptAsync(route, stopping).ConfigureAwait(false))
        {
            await RetryAsync(route, 1, stopping).ConfigureAwait(false);
        }
    }

    private async Task RetryAsync(ModelRoute route, int failures, CancellationToken stopping)
    {
        do
        {
            // Even a missing model may be published any moment.
            var delay = RetryDelays.After(failures, Random.Shared.NextDouble());
            StartupLog.Retry(logger, route.Reference.ToString(), delay.TotalSeconds, failures++);
            await Task.Delay(delay, context.Clock, stopping).ConfigureAwait(false);
        }
        while (!await AttemptAsync(route, stopping).ConfigureAwait(false));
    }

    /// <summary>Whether the model was loaded. Why it was not is logged and shown in the status where it happened.</summary>
    private async Task<bool> AttemptAsync(ModelRoute route, CancellationToken stopping)
    {
        await _parallel.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            await provider.EnsureAsync(route, stopping).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!context.IsShutdown(e) && (e is not OperationCanceledException || !stopping.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            _parallel.Release();
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
