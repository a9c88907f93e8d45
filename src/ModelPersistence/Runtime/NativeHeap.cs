using System.Runtime.InteropServices;

namespace ModelPersistence.Runtime;

/// <summary>Gives memory that a disposed session left in the native heap back to the system.</summary>
internal static partial class NativeHeap
{
    private static bool _missing = !OperatingSystem.IsLinux();

    /// <summary>Takes a fraction of a millisecond. Does nothing where the C library does not offer it (musl, other systems).</summary>
    public static void Trim()
    {
        if (_missing)
        {
            return;
        }

        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            _missing = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint pad);
}
