using Microsoft.Extensions.Logging;

namespace ModelPersistence.Startup;

internal static partial class StartupLog
{
    [LoggerMessage(6000, LogLevel.Warning, "Model {Model} is tried again in {Delay:0.0} s (attempt {Attempt}).", EventName = "LoadRetried")]
    public static partial void Retry(ILogger logger, string model, double delay, int attempt);

    [LoggerMessage(6001, LogLevel.Error, "{Reason}", EventName = "StartupTimedOut")]
    public static partial void TimedOut(ILogger logger, string reason);

    [LoggerMessage(6002, LogLevel.Information, "Start-up phase {Phase}", EventName = "PhaseEntered")]
    public static partial void Phase(ILogger logger, StartupPhase phase);
}
