using Microsoft.Extensions.Logging;

namespace ModelPersistence.Transfer;

/// <summary>Log messages of the transfer of bytes: 2500 to 2599.</summary>
internal static partial class TransferLog
{
    [LoggerMessage(2500, LogLevel.Warning, "Source '{Source}' failed for file '{File}' of '{Model}' and is not asked again for this version. {Cause}")]
    public static partial void SourceFailed(ILogger logger, string source, string file, string model, string cause);

    [LoggerMessage(2501, LogLevel.Warning, "Source '{Source}' delivered wrong bytes for chunk {Chunk} of '{File}' of '{Model}' (attempt {Attempt}): {Actual} instead of {Expected}.")]
    public static partial void WrongBytes(ILogger logger, string source, int chunk, string file, string model, int attempt, string actual, string expected);

    [LoggerMessage(2502, LogLevel.Debug, "Source '{Source}' is asked again for file '{File}' of '{Model}' in {Milliseconds:0} ms (attempt {Attempt}). {Cause}")]
    public static partial void AskedAgain(ILogger logger, string source, string file, string model, double milliseconds, int attempt, string cause);

    [LoggerMessage(2503, LogLevel.Information, "File '{File}' of '{Model}' is read in one stream, since '{Source}' does not support ranges.")]
    public static partial void OneStream(ILogger logger, string file, string model, string source);

    [LoggerMessage(2504, LogLevel.Debug, "The versions of '{Model}' at '{Provider}' could not be looked at for chunks to reuse: {Cause}")]
    public static partial void NotReused(ILogger logger, string model, string provider, string cause);

    [LoggerMessage(2505, LogLevel.Debug, "{Streams} streams are used for '{Model}' from now on ({Rate:0.0} MB/s).")]
    public static partial void Streams(ILogger logger, int streams, string model, double rate);
}
