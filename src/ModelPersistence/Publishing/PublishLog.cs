using Microsoft.Extensions.Logging;

namespace ModelPersistence.Publishing;

/// <summary>Log messages of publishing: 1100 to 1199.</summary>
internal static partial class PublishLog
{
    [LoggerMessage(1100, LogLevel.Information, "Published '{Model}' {Version} to '{Repository}' as {Digest}: {Files} files, {Bytes} bytes.")]
    public static partial void Published(ILogger logger, string model, string version, string repository, string digest, int files, long bytes);

    [LoggerMessage(1101, LogLevel.Information, "'{Model}' {Version} is at '{Repository}' already with the same content, as {Digest}.")]
    public static partial void AlreadyPublished(ILogger logger, string model, string version, string repository, string digest);

    [LoggerMessage(1102, LogLevel.Information, "The aliases of '{Model}' at '{Repository}' are now of revision {Revision}: {Aliases}.")]
    public static partial void AliasesMoved(ILogger logger, string model, string repository, long revision, string aliases);

    [LoggerMessage(1103, LogLevel.Warning, "'{Repository}' is written although it does not keep the conditions of writes ({Why}), since AllowUnsafeStore says so: two writers at once can overwrite each other.")]
    public static partial void UnsafeStore(ILogger logger, string repository, string why);

    [LoggerMessage(1104, LogLevel.Information, "Copied '{Model}' {Version} from '{Source}' to '{Repository}' as {Digest}: {Transferred} bytes transferred, {Reused} reused.")]
    public static partial void Copied(ILogger logger, string model, string version, string source, string repository, string digest, long transferred, long reused);

    [LoggerMessage(1105, LogLevel.Information, "Deleted '{Model}' {Version} from '{Repository}'.")]
    public static partial void Deleted(ILogger logger, string model, string version, string repository);
}
