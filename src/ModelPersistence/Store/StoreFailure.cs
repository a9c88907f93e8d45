using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>Turns faults of the file system into errors that name the folder, the cause and the setting that mends it.</summary>
internal static class StoreFailure
{
    private const int InputOutput = 5;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsOfFileSystem(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Something could not be written to a tree of ours.</summary>
    public static ModelStorageException Writing(StoreFolder folder, string model, string path, Exception e)
    {
        var (cause, remedy) = e switch
        {
            UnauthorizedAccessException => ("access is denied", $"Give this process write access to '{folder.Root}', or point {folder.Setting} to another folder."),
            { HResult: NoSpace or WindowsDiskFull or QuotaExceeded } => ("the disk is full", $"Free space, or point {folder.Setting} to a larger volume."),
            { HResult: ReadOnlyFileSystem } => ("the file system is read-only", $"Mount it writable, or point {folder.Setting} to a writable folder."),
            { HResult: InputOutput } => ("the device reports an input/output error", $"Check the volume, or point {folder.Setting} to another one."),
            _ => (e.Message.TrimEnd('.'), $"Check '{folder.Root}', or point {folder.Setting} to another folder."),
        };
        return new ModelStorageException(
            folder.Name,
            $"Model '{model}' could not be stored at '{folder.Name}' ('{path}'): {cause}. What was verified so far is kept and the next attempt goes on from there. {remedy}",
            isTransient: folder.IsShared && MayPass(e),
            e)
        { Model = model };
    }

    public static ModelStorageException NoRoom(StoreFolder folder, string model, long needed, long free) =>
        new(
            folder.Name,
            $"Model '{model}' could not be stored at '{folder.Name}' ('{folder.Root}'): {needed} bytes are needed and {free} are free, {needed - free} are missing. "
                + $"{(folder.IsShared ? "" : "Everything in it that nobody uses has been removed already. ")}Free space, or point {folder.Setting} to a larger volume.",
            isTransient: false)
        { Model = model };

    /// <summary>A tree could not be looked through.</summary>
    public static ModelStorageException Cleaning(StoreFolder folder, Exception e) =>
        new(
            folder.Name,
            $"'{folder.Name}' ('{folder.Root}') could not be cleaned up: {e.Message.TrimEnd('.')}. Check the folder, its mount and the permissions of this process, or point {folder.Setting} to another one.",
            isTransient: folder.IsShared && MayPass(e),
            e);

    public static ModelStorageException CleanupStuck(StoreFolder folder, TimeSpan limit, Exception? e) =>
        new(
            folder.Name,
            $"The volume of '{folder.Name}' ('{folder.Root}') made no progress for {limit.TotalSeconds:0.###} s while it was being cleaned up. Check the volume and its network, or raise ModelManagement:VolumeTimeout.",
            isTransient: true,
            e);

    /// <summary>Files that lie at a provider could not be read.</summary>
    public static ModelStorageException Reading(string provider, string model, string path, Exception e, bool isShared) =>
        new(
            provider,
            $"Model '{model}' could not be read at '{provider}' ('{path}'): {e.Message.TrimEnd('.')}. Check the volume, its mount and the permissions of this process.",
            isTransient: isShared && MayPass(e),
            e)
        { Model = model };

    public static ModelStorageException Stuck(string provider, string model, string path, TimeSpan limit, Exception? e) =>
        new(
            provider,
            $"Model '{model}': the volume of '{provider}' ('{path}') made no progress for {limit.TotalSeconds:0.###} s. Check the volume and its network, or raise ModelManagement:VolumeTimeout.",
            isTransient: true,
            e)
        { Model = model };

    /// <summary>Whether a fault may go away without anyone mending anything.</summary>
    private static bool MayPass(Exception e) =>
        e is IOException and not PathTooLongException && e.HResult is not (NoSpace or ReadOnlyFileSystem or QuotaExceeded or WindowsDiskFull);
}
