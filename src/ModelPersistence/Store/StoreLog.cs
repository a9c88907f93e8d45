using Microsoft.Extensions.Logging;

namespace ModelPersistence.Store;

/// <summary>Log messages of integrity and store: 2000 to 2099.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(2000, LogLevel.Information, "Fetched '{Model}' to '{Folder}' ({Store}): {Bytes} bytes read from {Sources}, {Reused} bytes were there already, {Milliseconds:0} ms.")]
    public static partial void Fetched(ILogger logger, string model, string folder, string store, long bytes, string sources, long reused, double milliseconds);

    [LoggerMessage(2003, LogLevel.Warning, "'{Model}' cannot be stored in '{Store}'; the next writable folder is tried. {Cause}")]
    public static partial void TargetFailed(ILogger logger, string model, string store, string cause);

    [LoggerMessage(2004, LogLevel.Warning, "'{Model}' is mapped from '{Store}' in place, because no local copy could be made: {Cause}")]
    public static partial void MappedInPlace(ILogger logger, string model, string store, string cause);

    [LoggerMessage(2005, LogLevel.Warning, "'{Model}' in '{Folder}' has other content than its version now has; it was moved to '{Trash}' and is fetched again.")]
    public static partial void MovedAside(ILogger logger, string model, string folder, string trash);

    [LoggerMessage(2006, LogLevel.Warning, "'{Model}' in '{Store}' is damaged and is repaired from {Sources}. {Cause}")]
    public static partial void Repairing(ILogger logger, string model, string store, string sources, string cause);

    [LoggerMessage(2007, LogLevel.Warning, "'{Model}' could not be repaired. {Cause}")]
    public static partial void RepairFailed(ILogger logger, string model, string cause);

    [LoggerMessage(2010, LogLevel.Debug, "'{Model}' was verified by hash in {Milliseconds:0} ms ({Bytes} bytes); record: {Record}.")]
    public static partial void Verified(ILogger logger, string model, double milliseconds, long bytes, string record);

    [LoggerMessage(2011, LogLevel.Debug, "No verification record for '{Model}': {Cause} It is verified again at the next start.")]
    public static partial void NotRecorded(ILogger logger, string model, string cause);

    [LoggerMessage(2012, LogLevel.Error, "'{Model}' was found damaged while its verification record was being made.")]
    public static partial void DamagedBehind(ILogger logger, Exception exception, string model);

    [LoggerMessage(2013, LogLevel.Information, "A file of '{Model}' is missing or short on the network volume of '{Store}'; waiting up to {Seconds:0} s for the volume's caches.")]
    public static partial void WaitingForVolume(ILogger logger, string model, string store, double seconds);

    [LoggerMessage(2014, LogLevel.Warning, "The aliases of '{Model}' could not be remembered in '{Store}': {Cause} The next start asks their origin again.")]
    public static partial void AliasesNotRemembered(ILogger logger, string model, string store, string cause);

    [LoggerMessage(2015, LogLevel.Information, "Removed {Items} from the local cache ({Bytes} bytes, used last at {LastUse:u}) to make room: {Why}.")]
    public static partial void Evicted(ILogger logger, string items, long bytes, DateTimeOffset lastUse, string why);

    [LoggerMessage(2016, LogLevel.Warning, "{Reason}")]
    public static partial void OverLimit(ILogger logger, string reason);

    [LoggerMessage(2017, LogLevel.Information, "Cleaned up '{Folder}': {Removed} things removed ({Bytes} bytes), {Kept} kept.")]
    public static partial void Cleaned(ILogger logger, string folder, int removed, long bytes, int kept);

    [LoggerMessage(2018, LogLevel.Warning, "'{Path}' could not be removed; the next clean-up tries again.")]
    public static partial void NotRemoved(ILogger logger, Exception exception, string path);

    [LoggerMessage(2021, LogLevel.Warning, "That '{Model}' was turned back cannot be remembered, since nothing is writable: the next start tries it again. Set ModelManagement:CachePath to a writable folder.")]
    public static partial void RefusalNotRemembered(ILogger logger, string model);

    [LoggerMessage(2022, LogLevel.Warning, "'{Path}', which says which versions of '{Model}' were turned back, is ignored: {Cause}. It is written anew the next time one is.")]
    public static partial void RefusalsDamaged(ILogger logger, string path, string model, string cause);

    [LoggerMessage(2023, LogLevel.Warning, "Which versions of '{Model}' were turned back cannot be read or written in '{Store}': {Cause}")]
    public static partial void RefusalsNotReached(ILogger logger, string model, string store, string cause);

    [LoggerMessage(2020, LogLevel.Debug, "The description of '{Model}' could not be remembered: {Cause}")]
    public static partial void NotRemembered(ILogger logger, string model, string cause);
}
