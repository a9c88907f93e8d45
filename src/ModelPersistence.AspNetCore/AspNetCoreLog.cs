using Microsoft.Extensions.Logging;

namespace ModelPersistence.AspNetCore;

/// <summary>Log messages of the endpoints: 9000 to 9099 the inference protocol.</summary>
internal static partial class AspNetCoreLog
{
    [LoggerMessage(9000, LogLevel.Error, "The model '{Model}' failed to run; the client was told that it failed, and nothing else.")]
    public static partial void RunFailed(ILogger logger, Exception exception, string model);

    [LoggerMessage(9001, LogLevel.Warning, "A client was told that the model '{Model}' could not be loaded.")]
    public static partial void LoadFailed(ILogger logger, Exception exception, string model);

    [LoggerMessage(9002, LogLevel.Error, "The inference protocol could not answer {Method} {Path}.")]
    public static partial void Unexpected(ILogger logger, Exception exception, string method, string? path);

    [LoggerMessage(9003, LogLevel.Debug, "The model '{Model}' refused the inputs of a client.")]
    public static partial void InputsRefused(ILogger logger, Exception exception, string model);
}
