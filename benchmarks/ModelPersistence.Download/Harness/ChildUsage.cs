using System.Runtime.InteropServices;

namespace ModelPersistence.Download.Harness;

/// <summary>Processor time as the kernel counts it.</summary>
internal static partial class ChildUsage
{
    private const int Children = -1;

    /// <summary>Seconds that all processes took which this one has started and seen end, with their own.</summary>
    public static double Seconds()
    {
        if (GetResourceUsage(Children, out var usage) != 0)
        {
            throw new InvalidOperationException($"getrusage failed with {Marshal.GetLastPInvokeError()}.");
        }

        return usage.UserSeconds + usage.SystemSeconds + ((usage.UserMicroseconds + usage.SystemMicroseconds) / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetResourceUsage(int who, out Usage usage);

    /// <summary>The beginning of struct rusage of 64-bit Linux; fourteen more numbers follow.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
    }
}
