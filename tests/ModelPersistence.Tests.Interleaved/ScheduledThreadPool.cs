namespace ModelPersistence.Tests.Interleaved;

internal static class ScheduledThreadPool
{
    public static bool UnsafeQueueUserWorkItem<T>(Action<T> work, T state, bool preferLocal)
    {
        _ = preferLocal;
        LogicalThread.Spawn("the disposal", () => work(state));
        return true;
    }
}
