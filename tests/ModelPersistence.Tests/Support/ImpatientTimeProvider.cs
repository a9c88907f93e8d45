namespace ModelPersistence.Tests.Support;

/// <summary>A clock whose timers are due at once: what waits between attempts does not.</summary>
internal sealed class ImpatientTimeProvider : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        DueTimer timer = new(callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class DueTimer(TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }

            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
