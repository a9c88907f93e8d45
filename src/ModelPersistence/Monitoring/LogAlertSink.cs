using Microsoft.Extensions.Logging;

namespace ModelPersistence.Monitoring;

/// <summary>Writes alerts to the log.</summary>
internal sealed class LogAlertSink(ILogger logger) : IAlertSink
{
    public Task SendAsync(Alert alert, CancellationToken cancellationToken)
    {
        if (alert.ResolvedAt is { } resolved)
        {
            MonitoringLog.Resolved(logger, alert.Rule, (resolved - alert.Since).TotalSeconds, alert.Message);
        }
        else
        {
            MonitoringLog.Raised(logger, LevelOf(alert.Severity), alert.Rule, alert.Message);
        }

        return Task.CompletedTask;
    }

    private static LogLevel LevelOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => LogLevel.Critical,
        AlertSeverity.Error => LogLevel.Error,
        _ => LogLevel.Warning,
    };
}
