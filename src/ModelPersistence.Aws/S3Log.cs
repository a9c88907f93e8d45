using Microsoft.Extensions.Logging;

namespace ModelPersistence.Aws;

/// <summary>Log messages of the S3 provider: 4000 to 4099.</summary>
internal static partial class S3Log
{
    [LoggerMessage(1500, LogLevel.Information, "Provider '{Provider}' was told that its credentials have expired ({Code}); new ones are asked for.")]
    public static partial void CredentialsExpired(ILogger logger, string provider, string code);

    [LoggerMessage(1501, LogLevel.Warning, "Provider '{Provider}' signs with the server's time: this host's clock is off. Set it, best by NTP.")]
    public static partial void ClockSkewed(ILogger logger, string provider);

    [LoggerMessage(1502, LogLevel.Information, "Provider '{Provider}' deletes objects one by one: its store refuses to delete several at once ({Code}).")]
    public static partial void BatchRefused(ILogger logger, string provider, string code);

    [LoggerMessage(1503, LogLevel.Information, "Provider '{Provider}' sends entity tags without quotes in conditions: its store understands no others.")]
    public static partial void BareTags(ILogger logger, string provider);

    [LoggerMessage(1504, LogLevel.Warning, "Provider '{Provider}' could not clear up an unfinished upload of '{Key}'; a lifecycle rule for incomplete uploads will. {Cause}")]
    public static partial void NotAborted(ILogger logger, string provider, string key, string cause);
}
