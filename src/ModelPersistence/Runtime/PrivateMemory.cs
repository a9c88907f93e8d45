using System.Diagnostics;

namespace ModelPersistence.Runtime;

/// <summary>The memory this process has for itself. Mapped files are not counted: the system can take their pages back.</summary>
internal static class PrivateMemory
{
    /// <summary>The bytes in use now.</summary>
    /// <param name="root">The root of the file system, which tests replace.</param>
    public static long Now(string root = "/")
    {
        if (OperatingSystem.IsLinux() && ProcFile.Kibibytes(Path.Combine(root, "proc/self/status"), "RssAnon:") is { } anonymous)
        {
            return anonymous;
        }

        using var process = Process.GetCurrentProcess();
        return process.PrivateMemorySize64 is > 0 and var bytes ? bytes : process.WorkingSet64;
    }
}
