using Microsoft.Extensions.Logging;

namespace ModelPersistence.Monitoring;

internal static partial class MonitoringLog
{
    [LoggerMessage(EventId = 7000, EventName = "AlertRaised", Message = "Alert {Rule}: {Reason}")]
    public static partial void Raised(ILogger logger, LogLevel level, AlertRule rule, string reason);

    [LoggerMessage(7001, LogLevel.Information, "Alert {Rule} is resolved after {Seconds:0} s. It was: {Reason}", EventName = "AlertResolved")]
    public static partial void Resolved(ILogger logger, AlertRule rule, double seconds, string reason);

    [LoggerMessage(7002, LogLevel.Warning, "Alerts wait faster than sink {Sink} takes them; the oldest beyond {Most} are dropped until it has caught up.", EventName = "AlertsDropped")]
    public static partial void Dropping(ILogger logger, string sink, int most);

    [LoggerMessage(7003, LogLevel.Warning, "Sink {Sink} has caught up; {Count} alerts were dropped.", EventName = "SinkCaughtUp")]
    public static partial void CaughtUp(ILogger logger, string sink, long count);

    [LoggerMessage(7004, LogLevel.Warning, "Sink {Sink} did not take an alert ({Rule}): {Reason}", EventName = "SinkFailed")]
    public static partial void SinkFailed(ILogger logger, string sink, AlertRule rule, string reason);

    [LoggerMessage(7005, LogLevel.Warning, "The host stops; {Count} alerts that sink {Sink} had not taken yet are abandoned.", EventName = "AlertsAbandoned")]
    public static partial void Abandoned(ILogger logger, string sink, int count);

    [LoggerMessage(7006, LogLevel.Error, "Looking after the models failed; the next look is tried as usual.", EventName = "LookFailed")]
    public static partial void LookFailed(ILogger logger, Exception exception);

    [LoggerMessage(7007, LogLevel.Debug, "The webhook at {Host} did not take an alert ({Reason}); attempt {Attempt}, tried again in {Delay:0.0} s.", EventName = "WebhookRetried")]
    public static partial void WebhookRetried(ILogger logger, string host, string reason, int attempt, double delay);

    [LoggerMessage(7008, LogLevel.Error, "A sink for alerts could not be made; alerts go without it and those registered after it.", EventName = "SinkNotMade")]
    public static partial void SinkNotMade(ILogger logger, Exception exception);
}
