using System.Globalization;

namespace ModelPersistence.Configuration;

/// <summary>
/// Checks what the options say of alerts. It is on the way of every start: what is sound costs comparisons, and nothing is put into words for it.
/// </summary>
internal static class AlertChecks
{
    private const int MinSecret = 16;
    private const string NoShare = "is not a share from 0 to below 1";
    private const string NoTime = "is not a positive time span; leave it out for no target";

    public static void Check(ModelManagementOptions options, List<string> faults)
    {
        var alerts = options.Alerts;
        Require(faults, IsShare(alerts.MaxErrorRate), "Alerts:MaxErrorRate", alerts.MaxErrorRate, NoShare);
        Require(faults, IsTarget(alerts.MaxP95), "Alerts:MaxP95", alerts.MaxP95, NoTime);
        Require(faults, alerts.Window.TotalMinutes is >= 1 and <= 60, "Alerts:Window", alerts.Window, "is not between 1 minute and 1 hour");
        Require(faults, alerts.MinRequests >= 1, "Alerts:MinRequests", alerts.MinRequests, "is not a positive number");
        Require(faults, alerts.MaxMemoryShare is > 0 and <= 1, "Alerts:MaxMemoryShare", alerts.MaxMemoryShare, "is not over 0 and at most 1");
        Require(faults, alerts.Cooldown.TotalDays is >= 0 and <= 7, "Alerts:Cooldown", alerts.Cooldown, "is not between zero and 7 days");
        Require(faults, alerts.Drift.MinShift is >= 0.05 and <= 10, "Alerts:Drift:MinShift", alerts.Drift.MinShift, "is not between 0.05 and 10");
        if (alerts.Webhook.HasUrl || alerts.Webhook.Secret is not null)
        {
            CheckReceiver(alerts.Webhook, faults);
        }

        Require(faults, alerts.Webhook.Timeout.TotalMinutes is > 0 and <= 5, "Alerts:Webhook:Timeout", alerts.Webhook.Timeout, "is not between a moment and 5 minutes");
        Require(faults, alerts.Webhook.MaxAttempts is >= 1 and <= 20, "Alerts:Webhook:MaxAttempts", alerts.Webhook.MaxAttempts, "is not between 1 and 20");
        for (var i = 0; i < options.Models.Count; i++)
        {
            if (!IsSound(options.Models[i].Alerts))
            {
                Check(options.Models[i].Alerts, $"Models:{i}:Alerts", faults);
            }
        }
    }

    private static bool IsSound(ModelAlertOptions own) => IsTarget(own.MaxP95) && IsShare(own.MaxErrorRate ?? 0);

    private static void Check(ModelAlertOptions own, string key, List<string> faults)
    {
        Require(faults, IsTarget(own.MaxP95), $"{key}:MaxP95", own.MaxP95, NoTime);
        Require(faults, IsShare(own.MaxErrorRate ?? 0), $"{key}:MaxErrorRate", own.MaxErrorRate, NoShare);
    }

    private static void CheckReceiver(WebhookOptions webhook, List<string> faults)
    {
        // The address may hold a token, so that it is not repeated; nor is the secret.
        Require(faults, webhook.Url is not { } url || IsPlainHttp(url), "Alerts:Webhook:Url", "it", "is not an absolute http or https address without user and password");
        Require(faults, webhook.Url is null || webhook.Secret is not null, "Alerts:Webhook:Secret", "it", "is missing; posts are signed with it, so that the receiver knows whom they come from");
        Require(faults, webhook.Secret is null or { Length: >= MinSecret }, "Alerts:Webhook:Secret", "it", "is shorter than 16 characters");
    }

    private static void Require(List<string> faults, bool holds, string key, object? value, string problem)
    {
        if (!holds)
        {
            Add(faults, key, value, problem);
        }
    }

    private static void Add(List<string> faults, string key, object? value, string problem) =>
        faults.Add(string.Create(CultureInfo.InvariantCulture, $"{ModelManagementOptions.SectionName}:{key}: {value} {problem}."));

    private static bool IsShare(double value) => value is >= 0 and < 1;

    private static bool IsTarget(TimeSpan? value) => value is null || value.Value.Ticks > 0;

    private static bool IsPlainHttp(Uri url) => url.IsAbsoluteUri && url.Scheme is ("http" or "https") && url.UserInfo.Length == 0;
}
