using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Integrity;

/// <summary>The few calls of the C library that .NET does not offer. Every caller has a portable path beside them.</summary>
internal static partial class NativeFile
{
    private const int ReadOnly = 0;
    private const int CloseOnExecLinux = 0x80000;
    private const int CloseOnExecMac = 0x1000000;
    private const int InvalidArgument = 22;
    private const int NotSupportedLinux = 95;
    private const int NotSupportedMac = 45;

    /// <summary>Flushes a folder's entries to disk. False where the file system has no such notion.</summary>
    public static bool FlushFolder(string path)
    {
        var descriptor = Open(path, ReadOnly | (OperatingSystem.IsMacOS() ? CloseOnExecMac : CloseOnExecLinux));
        if (descriptor < 0)
        {
            throw Failure(path, "open the folder");
        }

        try
        {
            if (Fsync(descriptor) == 0)
            {
                return true;
            }

            return Marshal.GetLastPInvokeError() is InvalidArgument or NotSupportedLinux or NotSupportedMac
                ? false
                : throw Failure(path, "flush the folder");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Reserves the blocks of a file that is going to be written out of order. False where the file system has no such notion.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    public static bool Reserve(SafeFileHandle handle, string path, long length)
    {
        const int KeepSize = 1, NoSpace = 28, QuotaExceeded = 122;
        if (!OperatingSystem.IsLinux() || length == 0)
        {
            return false;
        }

        var added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            if (Fallocate((int)handle.DangerousGetHandle(), KeepSize, 0, length) == 0)
            {
                return true;
            }

            return Marshal.GetLastPInvokeError() is NoSpace or QuotaExceeded ? throw Failure(path, "reserve the space of") : false;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
        finally
        {
            if (added)
            {
                handle.DangerousRelease();
            }
        }
    }

    public static Exception Failure(string path, string action)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"Could not {action} '{path}': {Marshal.GetPInvokeErrorMessage(error)}.";
        const int PermissionDenied = 13;
        return error == PermissionDenied ? new UnauthorizedAccessException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    // The 64-bit form has this name in every C library of Linux, and the plain one may take 32 bits.
    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    private static partial int Fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
