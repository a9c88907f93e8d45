using ModelPersistence.Configuration;
using ModelPersistence.Repositories;

namespace ModelPersistence.Serving;

/// <summary>
/// Between a version that is loaded and the moment it is served stands the origin's word, for a short while: a host must not serve what
/// its alias no longer means, nor wait for an origin that is down.
/// </summary>
internal sealed class OriginWait(ServingContext context, ModelManagementOptions options)
{
    /// <summary>Waits until the origin has answered or the limit has passed.</summary>
    /// <exception cref="OriginDisagreesException">It names another version.</exception>
    public async Task AwaitAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        if (load.Resolved.Origin is not { } answer)
        {
            return;
        }

        var begun = load.Recorder.Begin();
        var left = options.AliasTimeout - context.Clock.GetElapsedTime(load.OriginAsked);
        if (!answer.IsCompleted && left > TimeSpan.Zero)
        {
            await ((Task)answer).WaitAsync(left, context.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        load.Recorder.End(Models.LoadPhase.Confirm, begun, answer.IsCompletedSuccessfully ? null : "no answer");
        ThrowIfOther(load, answer);
    }

    /// <summary>Says what is known of the origin of a model that is served from now on, and goes on listening where it has not answered.</summary>
    /// <exception cref="OriginDisagreesException">It names another version.</exception>
    public async Task ConfirmAsync(ModelLoad load, ServedModel served, CancellationToken cancellationToken)
    {
        if (load.Resolved.Origin is not { } answer)
        {
            return;
        }

        if (!answer.IsCompleted)
        {
            // The version was served before for another reference, so that nobody has waited yet.
            await AwaitAsync(load, cancellationToken).ConfigureAwait(false);
        }

        ThrowIfOther(load, answer);
        if (answer is { IsCompletedSuccessfully: true, Result.Doubt: { } doubt })
        {
            served.Degrade(doubt);
        }
        else if (!answer.IsCompletedSuccessfully)
        {
            var reason = $"The origin of '{load.Route.Reference}' has not confirmed version {load.Resolved.Version} within {options.AliasTimeout.TotalMilliseconds:0} ms (AliasTimeout).";
            served.Degrade(reason);
            _ = answer.ContinueWith(
                late => Late(load, served, reason, late), CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
        }
    }

    private static void ThrowIfOther(ModelLoad load, Task<OriginAnswer> answer)
    {
        if (answer is { IsCompletedSuccessfully: true, Result.Other: { } other })
        {
            throw new OriginDisagreesException(load.Route.Reference, other.Heaviest);
        }
    }

    private static void Late(ModelLoad load, ServedModel served, string reason, Task<OriginAnswer> answer)
    {
        if (!answer.IsCompletedSuccessfully)
        {
            return;
        }

        if (answer.Result.Other is { } other)
        {
            served.Degrade($"The origin of '{load.Route.Reference}' names version {other}; version {load.Resolved.Version} was served before it answered. The next start serves {other}.");
        }
        else if (answer.Result.Doubt is { } doubt)
        {
            served.Degrade(doubt);
        }

        served.Recover(reason);
    }
}
