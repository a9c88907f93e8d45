using Microsoft.Extensions.Logging;

namespace ModelPersistence.AspNetCore;

/// <summary>Log messages of the endpoints: 9000 to 9099 the inference protocol, 9100 to 9199 the metrics.</summary>
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

    [LoggerMessage(9100, LogLevel.Warning, "The metric {Metric} has more than {Most} series: the rest are counted in one with the label overflow=\"true\".")]
    public static partial void TooManySeries(ILogger logger, string metric, int most);

    [LoggerMessage(9101, LogLevel.Error, "A gauge could not be observed; the scrape goes without it.")]
    public static partial void GaugeFailed(ILogger logger, Exception exception);
}
