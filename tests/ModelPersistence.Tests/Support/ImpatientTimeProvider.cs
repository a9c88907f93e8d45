namespace ModelPersistence.Tests.Support;

/// <summary>The real clock, except that pauses between attempts are over at once: timers of up to two seconds. Longer ones are time-outs.</summary>
internal sealed class ImpatientTimeProvider : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > LongestPause || dueTime < TimeSpan.Zero ? dueTime : TimeSpan.Zero, period);
}
