using System.Collections.Concurrent;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Serving;

/// <summary>
/// Asks behind the requests what the references stand for now: after each jittered interval, at once when a folder has changed, and on
/// demand. What serves is never touched by an answer that does not come.
/// </summary>
internal sealed class AliasRefresh(ModelResolver resolver, RouteKeepers keepers, AliasWatch folders, ServingContext context, ModelManagementOptions options) : IDisposable
{
    // Watching folders takes a thread and some milliseconds, which belong to the first requests.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, RefreshTimer> _timers = new(StringComparer.Ordinal);

    /// <summary>Looks after the route's model from now on, unless its reference can stand for one version only.</summary>
    public void Watch(ModelRoute route)
    {
        if (IsFixed(route) || options.RefreshInterval <= TimeSpan.Zero || _stopping.IsCancellationRequested)
        {
            return;
        }

        if (!_timers.ContainsKey(route.Reference.Name))
        {
            RefreshTimer timer = new(token => AskAsync(route.Reference.Name, token), options.RefreshInterval, context.Clock, _stopping.Token);
            if (_timers.TryAdd(route.Reference.Name, timer))
            {
                timer.Begin();
                _ = WatchFoldersAsync(route.Reference.Name, timer);
            }
        }
    }

    /// <summary>Asks now. Completes when what the model's references stand for serves, or could not be made to.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the work goes on.</exception>
    public async Task RefreshAsync(string model, CancellationToken cancellationToken)
    {
        await AskAsync(model, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            // Taken before the look, so that a change between the two is not missed.
            var change = context.NextChange;
            if (!keepers.All.Any(keeper => keeper.Route.Reference.Name == model && keeper.IsBusy))
            {
                return;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Stop()
    {
        _stopping.Cancel();
        foreach (var timer in _timers.Values)
        {
            timer.Dispose();
        }
    }

    public void Dispose()
    {
        Stop();
        _stopping.Dispose();
    }

    private async Task WatchFoldersAsync(string model, RefreshTimer timer)
    {
        try
        {
            await Task.Delay(Grace, context.Clock, _stopping.Token).ConfigureAwait(false);
            folders.Changed += changed =>
            {
                if (changed == model)
                {
                    timer.Look();
                }
            };
            folders.Watch(model);
            await folders.WhenWatching.ConfigureAwait(false);

            // What was changed before the watch began is found by a look.
            timer.Look();
        }
        catch (OperationCanceledException)
        {
            // The host is going down.
            return;
        }
    }

    private static bool IsFixed(ModelRoute route) => route.Reference.SelectorRule.Version is not null || route.Options.File is not null;

    /// <summary>Whether everybody who has a say about the model's references could be asked.</summary>
    private async Task<bool> AskAsync(string model, CancellationToken cancellationToken)
    {
        var isCertain = true;
        foreach (var keeper in keepers.All)
        {
            if (keeper.Route.Reference.Name != model || IsFixed(keeper.Route) || !keeper.IsLeading)
            {
                continue;
            }

            try
            {
                var choice = await resolver.ChooseSettledAsync(keeper.Route.Reference, cancellationToken).ConfigureAwait(false);
                isCertain &= choice.Doubts.Count == 0;
                keeper.Choose(choice);
                await ReconsiderAsync(keeper, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelPersistenceException e)
            {
                isCertain = false;
                keeper.Doubt(e.Message);
            }
        }

        return isCertain;
    }

    /// <summary>A version that failed for good is tried again when it has other content than it had.</summary>
    private async Task ReconsiderAsync(RouteKeeper keeper, CancellationToken cancellationToken)
    {
        foreach (var failed in keeper.Troubles().Where(static version => version.IsForGood))
        {
            try
            {
                var resolved = await resolver.LocateAsync(keeper.Route.Reference, failed.Version, cancellationToken).ConfigureAwait(false);
                if (resolved.Document?.Digest != failed.Digest)
                {
                    keeper.TryAgain(failed.Version);
                }
            }
            catch (ModelPersistenceException)
            {
                // It is not there, or cannot be looked for: nothing to try again. That it failed shows already.
                continue;
            }
        }
    }
}
