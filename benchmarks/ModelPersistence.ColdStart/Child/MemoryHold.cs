using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Child;

/// <summary>Reports the memory of a process that is done and idle, and keeps it so until the harness has seen enough.</summary>
internal static class MemoryHold
{
    public static async Task RunAsync(ProcessMemory before)
    {
        // Sessions are disposed behind the scenes: idle is when nothing changes any more.
        var memory = ProcessMemory.Read();
        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            var now = ProcessMemory.Read();
            var still = Math.Abs(now.PrivateDirty - memory.PrivateDirty) < 0.2;
            memory = now;
            if (still && i > 1)
            {
                break;
            }
        }

        Announcement.Say([.. before.Figures("before"), .. memory.Figures("after")]);
        Console.In.ReadLine();
    }
}
