namespace ModelPersistence.Tests.Interleaved;

internal static class ScheduledVolatile
{
    public static int Read(ref int location)
    {
        LogicalThread.Wait(nameof(Read), ref location);
        return LogicalThread.Saw(System.Threading.Volatile.Read(ref location));
    }

    public static T? Read<T>(ref T? location)
        where T : class
    {
        LogicalThread.Wait(nameof(Read), ref location);
        var value = System.Threading.Volatile.Read(ref location);
        LogicalThread.Saw(value is null ? 0 : 1);
        return value;
    }

    // Times of last use and the like are told, not decided on: nothing waits for them.
    public static bool Read(ref bool location) => System.Threading.Volatile.Read(ref location);

    public static void Write(ref bool location, bool value) => System.Threading.Volatile.Write(ref location, value);

    public static long Read(ref long location) => System.Threading.Volatile.Read(ref location);

    public static void Write(ref long location, long value) => System.Threading.Volatile.Write(ref location, value);
}
