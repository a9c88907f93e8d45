using System.Diagnostics.CodeAnalysis;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>The front door: a warm call reads two volatile fields, takes a count, and is done.</summary>
internal sealed class ModelProvider(
    RouteTable routes,
    RouteKeepers keepers,
    RouteOpener opener,
    AliasRefresh refresh,
    IdleSweep idle,
    LeaseWatch leases,
    ServedModels models,
    TierUpgrade upgrade,
    ServingContext context,
    ModelManagementOptions options) : IModelProvider, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan PatienceBeforeNotice = TimeSpan.FromSeconds(1);

    private readonly SingleFlight<ModelReference, ModelRoute> _openings = new(context.Clock, options.AbandonAfter);
    private volatile bool _stopped;
    private Task _drained = Task.CompletedTask;

    public ValueTask<ModelLease> GetAsync(string reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return routes.TryGet(reference, out var route) && route.TryLease() is { } lease
            ? ValueTask.FromResult(lease)
            : new ValueTask<ModelLease>(OpenAsync(reference, null, cancellationToken));
    }

    public ValueTask<ModelLease> GetAsync(string reference, string affinityKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(affinityKey);
        return routes.TryGet(reference, out var route) && route.TryLease(affinityKey) is { } lease
            ? ValueTask.FromResult(lease)
            : new ValueTask<ModelLease>(OpenAsync(reference, affinityKey, cancellationToken));
    }

    public bool TryGet(string reference, [NotNullWhen(true)] out ModelLease? lease)
    {
        ArgumentNullException.ThrowIfNull(reference);
        lease = routes.TryGet(reference, out var route) || IsOtherSpelling(reference, out route) ? route.TryLease() : null;
        return lease is not null;
    }

    /// <summary>Begins or joins the opening of a route and completes when it serves.</summary>
    public Task EnsureAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopped, typeof(IModelProvider));
        return _openings.RunAsync(route.Reference, token => OpenRouteAsync(route, token), route.IsNamed, cancellationToken);
    }

    /// <summary>Withdraws everything and waits for the leases that are out, until the token ends the wait; what is then still leased is left alive.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (!_stopped)
        {
            _stopped = true;
            context.Stop();
            refresh.Stop();
            idle.Dispose();
            _drained = Task.WhenAll(models.StopAsync(), upgrade.StopAsync());
        }

        if (!_drained.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(_drained, Task.Delay(PatienceBeforeNotice, context.Clock, cancellationToken)).ConfigureAwait(false);
            foreach (var served in models.All().Where(static served => served.State == ModelState.Draining))
            {
                ServingLog.DrainWaits(context.Logger, served.DisplayName);
            }
        }

        await _drained.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        // Without a host there is no shutdown time limit: sessions that are still leased go when their leases do. Work behind the start is
        // waited for in any case, since it writes files and native calls cannot be interrupted.
        await DrainAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await upgrade.StopAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<ModelLease> OpenAsync(string reference, string? affinityKey, CancellationToken cancellationToken)
    {
        var route = routes.Enter(reference);
        Exception? failure = null;
        try
        {
            while (true)
            {
                await EnsureAsync(route, cancellationToken).ConfigureAwait(false);
                if ((affinityKey is null ? route.TryLease() : route.TryLease(affinityKey)) is { } lease)
                {
                    return lease;
                }

                // Withdrawn between the load and the lease: load again, unless the host is going down.
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            routes.Leave(route);
            ForgetUnknown(route, failure);
        }
    }

    /// <summary>Names that nobody registered must not pile up. What was found and could not be opened stays in sight: there is an end to it.</summary>
    private void ForgetUnknown(ModelRoute route, Exception? failure)
    {
        if ((failure is ModelNotFoundException or ModelStorageException || (failure is ModelIntegrityException && route.Reference.Digest is not null)) && routes.TryForget(route))
        {
            keepers.Forget(route);
        }
    }

    private async Task<ModelRoute> OpenRouteAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        if (route.IsLive)
        {
            return route;
        }

        try
        {
            await opener.OpenAsync(route, keepers.For(route), cancellationToken).ConfigureAwait(false);
            refresh.Watch(route);
            idle.Watch(route);
            leases.Begin();
            return route;
        }
        catch (OperationCanceledException)
        {
            route.Enter(ModelState.Idle);
            if (routes.TryForget(route))
            {
                keepers.Forget(route);
            }

            throw;
        }
        catch (Exception e) when (!context.IsShutdown(e))
        {
            ServingLog.Failed(context.Logger, e, route.Reference.ToString());
            route.Fail(e);
            ForgetUnknown(route, e);
            throw;
        }
        finally
        {
            context.Changed();
        }
    }

    private bool IsOtherSpelling(string reference, [NotNullWhen(true)] out ModelRoute? route) =>
        routes.TryGet(ModelReference.Parse(reference).ToString(), out route);
}
