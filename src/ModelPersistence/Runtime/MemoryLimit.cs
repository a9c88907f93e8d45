namespace ModelPersistence.Runtime;

/// <summary>How much memory this process may use.</summary>
/// <param name="Bytes">The limit in bytes.</param>
/// <param name="Source">Where the figure comes from, for messages.</param>
internal sealed record MemoryLimit(long Bytes, string Source)
{
    /// <summary>The tightest of the machine's memory and the limits of the control groups the process is in.</summary>
    /// <param name="root">The root of the file system, which tests replace.</param>
    public static MemoryLimit Read(string root = "/")
    {
        var machine = OperatingSystem.IsLinux() ? OfMachine(root) : null;

        // Elsewhere the runtime knows what the system gives, a job object's limit included.
        machine ??= new MemoryLimit(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "what the runtime reports as available");

        // A group without a limit shows a huge number in version 1, and a generous limit can exceed the machine in both.
        return OperatingSystem.IsLinux() && ControlGroups.Tightest(root) is { } group && group.Bytes < machine.Bytes ? group : machine;
    }

    private static MemoryLimit? OfMachine(string root) =>
        ProcFile.Kibibytes(Path.Combine(root, "proc/meminfo"), "MemTotal:") is { } bytes and > 0
            ? new MemoryLimit(bytes, "the machine's memory (MemTotal in /proc/meminfo)")
            : null;
}
