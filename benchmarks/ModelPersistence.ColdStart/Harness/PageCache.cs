using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>Drops files from Linux's page cache, and looks whether they are really out.</summary>
internal static unsafe partial class PageCache
{
    private const int DontNeed = 4;
    private const int ProtectRead = 1;
    private const int Shared = 1;

    /// <exception cref="InvalidOperationException">More than one page in a hundred stayed in memory.</exception>
    public static void Evict(IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            Drop(file);
        }

        if (Resident(files) > 0.01 && Environment.IsPrivilegedProcess)
        {
            // Pages that some process still maps stay at the first attempt.
            File.WriteAllText("/proc/sys/vm/drop_caches", "1");
        }

        var resident = Resident(files);
        if (resident > 0.01)
        {
            throw new InvalidOperationException($"{resident:P1} of the files that should be out of the page cache are still in it.");
        }
    }

    /// <summary>The share of the files' pages that are in memory.</summary>
    public static double Resident(IReadOnlyList<string> files)
    {
        var (resident, pages) = (0L, 0L);
        foreach (var file in files)
        {
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            if (length == 0)
            {
                continue;
            }

            var map = mmap(null, (nuint)length, ProtectRead, Shared, (int)handle.DangerousGetHandle(), 0);
            Check(map == (void*)-1, "mmap");
            var flags = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
            fixed (byte* into = flags)
            {
                Check(mincore(map, (nuint)length, into) != 0, "mincore");
            }

            Check(munmap(map, (nuint)length) != 0, "munmap");
            pages += flags.Length;
            resident += flags.Count(static flag => (flag & 1) != 0);
        }

        return pages == 0 ? 0 : (double)resident / pages;
    }

    private static void Drop(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        // Dirty pages cannot be dropped: they are written first.
        RandomAccess.FlushToDisk(handle);
        Check(posix_fadvise((int)handle.DangerousGetHandle(), 0, 0, DontNeed) != 0, "posix_fadvise");
    }

    private static void Check(bool failed, string call)
    {
        if (failed)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), call);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_fadvise(int file, nint offset, nint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mincore(void* address, nuint length, byte* pages);
}
