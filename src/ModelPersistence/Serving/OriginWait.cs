using ModelPersistence.Configuration;
using ModelPersistence.Repositories;

namespace ModelPersistence.Serving;

/// <summary>
/// Between a version that is loaded and the moment it is served stands the origin's word, for a short while: a host must not serve what
/// its alias no longer means, nor wait for an origin that is down.
/// </summary>
internal sealed class OriginWait(ServingContext context, ModelManagementOptions options)
{
    /// <summary>The origin's answer, or null where it did not come in time.</summary>
    public async Task<OriginAnswer?> AwaitAsync(Task<OriginAnswer> answer, long asked, LoadRecorder recorder, CancellationToken cancellationToken)
    {
        var begun = recorder.Begin();
        var left = options.AliasTimeout - context.Clock.GetElapsedTime(asked);
        if (!answer.IsCompleted && left > TimeSpan.Zero)
        {
            await ((Task)answer).WaitAsync(left, context.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        recorder.End(Models.LoadPhase.Confirm, begun, answer.IsCompletedSuccessfully ? null : "no answer");
        return answer.IsCompletedSuccessfully ? await answer.ConfigureAwait(false) : null;
    }

    public string WhyUnconfirmed(ModelRoute route, VersionChoice choice) =>
        $"The origin of '{route.Reference}' has not confirmed version {choice.Target} within {options.AliasTimeout.TotalMilliseconds:0} ms (AliasTimeout).";
}
