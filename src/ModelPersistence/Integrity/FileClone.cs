using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Integrity;

/// <summary>Copies of files that share their blocks until one of them is written, where the file system can (btrfs, xfs, bcachefs).</summary>
internal static partial class FileClone
{
    // FICLONE of linux/fs.h, _IOW(0x94, 9, int), whose number is this one on the architectures named below.
    private const uint Clone = 0x40049409;

    /// <summary>Puts a clone of a file under a name that is free. False when the file system cannot, or the name is taken.</summary>
    public static bool TryCreate(string source, string path)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            return false;
        }

        var temporary = DurableFile.TemporaryBeside(path);
        try
        {
            using (var from = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            using (var to = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                if (!TryClone(from, to))
                {
                    return false;
                }
            }

            // Never over a file that somebody writes to: what was written there would be lost without a trace.
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            DurableFile.DeleteQuietly(temporary);
        }
    }

    private static bool TryClone(SafeFileHandle from, SafeFileHandle to)
    {
        bool hasFrom = false, hasTo = false;
        try
        {
            from.DangerousAddRef(ref hasFrom);
            to.DangerousAddRef(ref hasTo);
            return IoControl((int)to.DangerousGetHandle(), Clone, (int)from.DangerousGetHandle()) == 0;
        }
        finally
        {
            if (hasTo)
            {
                to.DangerousRelease();
            }

            if (hasFrom)
            {
                from.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int IoControl(int descriptor, nuint request, nint argument);
}
