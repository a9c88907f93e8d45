namespace ModelPersistence.Tests.Interleaved;

internal static class ScheduledInterlocked
{
    public static int CompareExchange(ref int location, int value, int comparand)
    {
        LogicalThread.Wait(nameof(CompareExchange), ref location);
        return LogicalThread.Saw(System.Threading.Interlocked.CompareExchange(ref location, value, comparand));
    }

    public static int Increment(ref int location)
    {
        LogicalThread.Wait(nameof(Increment), ref location);
        return LogicalThread.Saw(System.Threading.Interlocked.Increment(ref location));
    }

    public static int Decrement(ref int location)
    {
        LogicalThread.Wait(nameof(Decrement), ref location);
        return LogicalThread.Saw(System.Threading.Interlocked.Decrement(ref location));
    }

    public static int Exchange(ref int location, int value)
    {
        LogicalThread.Wait(nameof(Exchange), ref location);
        return LogicalThread.Saw(System.Threading.Interlocked.Exchange(ref location, value));
    }

    public static T? Exchange<T>(ref T? location, T? value)
        where T : class
    {
        LogicalThread.Wait(nameof(Exchange), ref location);
        var before = System.Threading.Interlocked.Exchange(ref location, value);
        LogicalThread.Saw(before is null ? 0 : 1);
        return before;
    }
}
