using Microsoft.Extensions.Logging;

namespace ModelPersistence.Repositories;

/// <summary>Log messages of the repositories: 1000 to 1099.</summary>
internal static partial class RepositoryLog
{
    [LoggerMessage(1000, LogLevel.Warning, "Provider '{Provider}' could not answer for '{Reference}'; the next one is asked. {Cause}")]
    public static partial void ProviderFailed(ILogger logger, string provider, string reference, string cause);

    [LoggerMessage(1001, LogLevel.Warning, "'{Model}' {Version} differs between providers: '{First}' has {FirstDigest} and is used, '{Other}' has {OtherDigest}. Publish changed content as a new version.")]
    public static partial void DigestsDiffer(ILogger logger, string model, string version, string first, string firstDigest, string other, string otherDigest);

    [LoggerMessage(1002, LogLevel.Warning, "Provider '{Provider}' has '{Reference}' with the digest {Actual} instead of the pinned one; the next provider is asked.")]
    public static partial void PinMismatch(ILogger logger, string provider, string reference, string actual);

    [LoggerMessage(1003, LogLevel.Debug, "'{Reference}' is version {Version} at '{Provider}'.")]
    public static partial void Resolved(ILogger logger, string reference, string version, string provider);

    [LoggerMessage(1004, LogLevel.Warning, "Provider '{Provider}' has revision {Revision} of the aliases of '{Model}', and revision {Held} was seen before: the higher one is held on to. If an older copy was restored, write its aliases.json with a revision above {Held}.")]
    public static partial void RevisionBehind(ILogger logger, string provider, string model, long revision, long held);

    [LoggerMessage(1005, LogLevel.Warning, "'{Path}' of provider '{Provider}' is not watched ({Cause}); changes are seen after RefreshInterval. Where a limit was met, raise fs.inotify.max_user_watches or fs.inotify.max_user_instances.")]
    public static partial void NotWatched(ILogger logger, string path, string provider, string cause);

    [LoggerMessage(1006, LogLevel.Information, "More happened in '{Path}' of provider '{Provider}' at once than the system's watcher keeps; every model is looked at. This is said once.")]
    public static partial void WatchOverflowed(ILogger logger, string path, string provider);
}
