using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>
/// From a reference that leads nowhere to one that serves, as fast as can be: the version that is known here is loaded while the origin is
/// asked, at its first tier.
/// </summary>
internal sealed class RouteOpener(ModelResolver resolver, ModelLoader loader, ServedModels models, OriginWait origin, RefusalMemory refusals, ServingContext context)
{
    /// <exception cref="ModelPersistenceException">No version of it can be loaded.</exception>
    public async Task OpenAsync(ModelRoute route, RouteKeeper keeper, CancellationToken cancellationToken)
    {
        route.Enter(ModelState.Resolving);
        context.Changed();
        var begun = context.Clock.GetTimestamp();
        VersionChoice choice;
        try
        {
            choice = await resolver.ChooseAsync(route.Reference, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Count(route, e);
            throw;
        }

        var opening = new Opening(route, keeper);
        try
        {
            choice = await LoadChosenAsync(opening, choice, begun, cancellationToken).ConfigureAwait(false);
            keeper.Begin(choice, opening);
            if (opening.Unconfirmed is { } unconfirmed)
            {
                // Only now: an answer before the keeper has begun would be lost.
                _ = FollowLateAsync(keeper, unconfirmed);
            }
        }
        catch
        {
            opening.ReleaseAll();
            throw;
        }
    }

    /// <summary>What fails before there is a load that counts itself.</summary>
    private void Count(ModelRoute route, Exception failure)
    {
        if (failure is ModelPersistenceException)
        {
            // Names that callers make up would be tags without end.
            context.Metrics.LoadFailed(route.IsNamed ? route.Reference.Name : "other", FailureKinds.Of(failure));
        }
    }

    private async Task<VersionChoice> LoadChosenAsync(Opening opening, VersionChoice choice, long begun, CancellationToken cancellationToken)
    {
        try
        {
            await LoadAsync(opening, choice, begun, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException) when (choice.Origin is not null)
        {
            // A remembered alias may lead to a version that is no more; the origin knows better.
            var settled = await ModelResolver.SettleAsync(choice).ConfigureAwait(false);
            if (settled.Target.Equals(choice.Target))
            {
                throw;
            }

            await LoadAsync(opening, settled, begun, cancellationToken).ConfigureAwait(false);
            return settled;
        }

        if (choice.Origin is not { } asked)
        {
            return choice;
        }

        var answer = await origin.AwaitAsync(asked, begun, opening.Recorder, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            opening.Unconfirmed = choice;
            return choice with { Doubts = [.. choice.Doubts, origin.WhyUnconfirmed(opening.Route, choice)] };
        }

        return answer.Other is { } other && !other.Equals(choice.Target)
            ? await FollowAsync(opening, choice, await ModelResolver.SettleAsync(choice).ConfigureAwait(false), begun, cancellationToken).ConfigureAwait(false)
            : await ModelResolver.SettleAsync(choice).ConfigureAwait(false);
    }

    /// <summary>The origin names another version than the one that was begun with. Where that one cannot be had, the one that is known here serves.</summary>
    private async Task<VersionChoice> FollowAsync(Opening opening, VersionChoice known, VersionChoice named, long begun, CancellationToken cancellationToken)
    {
        ServingLog.OriginDisagrees(context.Logger, opening.Route.Reference.ToString(), named.Target.ToString(), known.Target.ToString());
        try
        {
            await LoadAsync(opening, named, begun, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException)
        {
            // The keeper is told what was wanted and that it failed: what is known here serves, and it goes on trying.
            opening.LastGood = known.Target.Versions;
        }

        return named;
    }

    private static async Task FollowLateAsync(RouteKeeper keeper, VersionChoice choice)
    {
        try
        {
            keeper.Choose(await ModelResolver.SettleAsync(choice).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Nobody has asked the origin to its end; the next refresh does.
        }
    }

    /// <summary>Loads all versions of a choice; those that fail are noted, and only where all fail it is a failure.</summary>
    private async Task LoadAsync(Opening opening, VersionChoice choice, long begun, CancellationToken cancellationToken)
    {
        var versions = choice.Revision is not null && context.AutomaticRollback
            ? LeaveOut(opening, choice, await refusals.ReadAsync(opening.Route.Reference.Name, cancellationToken).ConfigureAwait(false))
            : choice.Target.Versions;
        try
        {
            await LoadVersionsAsync(opening, versions, begun, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException) when (opening.Refused.Count > 0)
        {
            // What was good before is no more: a version that was turned back is better than none.
            opening.ForgetRefused();
            await LoadVersionsAsync(opening, choice.Target.Versions, begun, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task LoadVersionsAsync(Opening opening, IReadOnlyList<WeightedVersion> versions, long begun, CancellationToken cancellationToken) =>
        versions is [var only] ? LoadOneAsync(opening, only.Version, begun, cancellationToken) : LoadSeveralAsync(opening, versions, begun, cancellationToken);

    private async Task LoadSeveralAsync(Opening opening, IReadOnlyList<WeightedVersion> versions, long begun, CancellationToken cancellationToken)
    {
        await Task.WhenAll(versions.Select(weighted => LoadOneAsync(opening, weighted.Version, begun, cancellationToken))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        opening.ThrowIfNothing(versions);
    }

    /// <summary>What was turned back under this very revision is not tried again, here or after a restart.</summary>
    private static IReadOnlyList<WeightedVersion> LeaveOut(Opening opening, VersionChoice choice, IReadOnlyList<RefusedVersion> all)
    {
        var reference = opening.Route.Reference;
        List<RefusedVersion> refused = [.. all.Where(bad => bad.Selector == reference.Selector && bad.Revision == choice.Revision && choice.Target.Names(bad.Version))];
        return refused.Count == 0 ? choice.Target.Versions : opening.LeaveOut(choice.Target, refused);
    }

    private async Task LoadOneAsync(Opening opening, ModelVersion version, long begun, CancellationToken cancellationToken)
    {
        ModelLoad? load = null;
        try
        {
            var resolved = await resolver.LocateAsync(opening.Route.Reference, version, cancellationToken).ConfigureAwait(false);
            load = loader.Begin(opening.Route, resolved, begun);
            opening.Add(version, await models.HoldAsync(load, opening.Keeper, opening.Route.IsNamed, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            if (load is null)
            {
                Count(opening.Route, e);
            }

            // Whatever it is: where all fail, somebody must be able to say why.
            opening.Add(version, e);
            throw;
        }
    }
}
