using System.Runtime.InteropServices;

namespace ModelPersistence.Runtime;

/// <summary>Asks the kernel whether mapped pages are in memory already. Where it cannot be asked, they count as warm.</summary>
internal static unsafe partial class PageCache
{
    private const int Samples = 64;

    public static bool LooksWarm(byte* address, long length, ByteRange[] pieces)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return true;
        }

        var page = Environment.SystemPageSize;
        var asked = 0;
        var missing = 0;
        var step = Math.Max(1, pieces.Length / Samples);
        for (var i = 0; i < pieces.Length; i += step)
        {
            // The middle of a piece: its first page may be there for other reasons, such as the runtime having looked at a header.
            var offset = (pieces[i].Offset + (pieces[i].Length / 2)) & ~(long)(page - 1);
            byte resident;
            if (offset >= length || MinCore(address + offset, (nuint)page, &resident) != 0)
            {
                continue;
            }

            asked++;
            missing += (resident & 1) == 0 ? 1 : 0;
        }

        return missing * 20 <= asked;
    }

    [LibraryImport("libc", EntryPoint = "mincore")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MinCore(byte* address, nuint length, byte* residency);
}
