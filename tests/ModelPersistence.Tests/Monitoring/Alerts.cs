using ModelPersistence.Models;
using ModelPersistence.Monitoring;

namespace ModelPersistence.Tests.Monitoring;

internal static class Alerts
{
    public static Alert Numbered(int number) => new()
    {
        Id = $"{number}",
        Rule = AlertRule.ErrorRate,
        Severity = AlertSeverity.Error,
        Model = "add",
        Version = ModelVersion.Parse("1.0.0"),
        Message = "Too many.",
        Value = 0.25,
        Bound = 0.05,
        Since = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
    };
}
