using ModelPersistence.Configuration;

namespace ModelPersistence.Serving;

/// <summary>Lays routes to rest that nobody has used for their idle timeout.</summary>
internal sealed class IdleSweep(RouteKeepers keepers, ServingContext context, ModelManagementOptions options) : IDisposable
{
    private const int LooksPerTimeout = 8;

    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private TimeSpan _interval = TimeSpan.MaxValue;

    /// <summary>Looks after the route from now on, where it may be laid to rest.</summary>
    public void Watch(ModelRoute route)
    {
        if (TimeoutOf(route) is not { } timeout)
        {
            return;
        }

        lock (_gate)
        {
            var interval = timeout / LooksPerTimeout > ShortestInterval ? timeout / LooksPerTimeout : ShortestInterval;
            if (interval < _interval)
            {
                _interval = interval;
                _timer?.Dispose();
                _timer = context.Clock.CreateTimer(_ => LookSafely(), null, interval, interval);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private TimeSpan? TimeoutOf(ModelRoute route) => route.Options.UnloadsAfter(route.IsNamed, options.IdleTimeout);

    private void Look()
    {
        foreach (var keeper in keepers.All)
        {
            if (TimeoutOf(keeper.Route) is { } timeout && keeper.Route.Plan is { } plan && plan.Targets.All(target => IsIdle(target.Served, timeout)))
            {
                keeper.Rest();
                context.Metrics.Evicted(keeper.Route.Reference.Name, "idle");
            }
        }
    }

    private void LookSafely()
    {
        try
        {
            Look();
        }
        catch (Exception)
        {
            // A logger or listener of the host's that throws must not end the process from a timer; the next one looks again.
            return;
        }
    }

    private bool IsIdle(ServedModel served, TimeSpan timeout) =>
        served.IsIdle && context.Clock.GetElapsedTime(served.LastUsed, context.CoarseNow) >= timeout;
}
