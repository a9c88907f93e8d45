using System.Globalization;

namespace ModelPersistence.Configuration;

/// <summary>Checks what the options say of alerts. Each fault begins with its key.</summary>
internal static class AlertChecks
{
    private const int MinSecret = 16;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestCooldown = TimeSpan.FromDays(7);

    public static IEnumerable<string> WhyInvalid(ModelManagementOptions options)
    {
        var alerts = options.Alerts;
        if (!IsShare(alerts.MaxErrorRate))
        {
            yield return NoShare("Alerts:MaxErrorRate", alerts.MaxErrorRate);
        }

        if (alerts.MaxP95 <= TimeSpan.Zero)
        {
            yield return $"Alerts:MaxP95: {alerts.MaxP95} is not a positive time span; leave it out for no target";
        }

        if (alerts.Window < TimeSpan.FromMinutes(1) || alerts.Window > TimeSpan.FromHours(1))
        {
            yield return $"Alerts:Window: {alerts.Window} is not between 1 minute and 1 hour";
        }

        if (alerts.MinRequests < 1)
        {
            yield return $"Alerts:MinRequests: {alerts.MinRequests} is not a positive number";
        }

        if (alerts.MaxMemoryShare is not (> 0 and <= 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Alerts:MaxMemoryShare: {alerts.MaxMemoryShare} is not over 0 and at most 1");
        }

        if (alerts.Cooldown < TimeSpan.Zero || alerts.Cooldown > LongestCooldown)
        {
            yield return $"Alerts:Cooldown: {alerts.Cooldown} is not between zero and {LongestCooldown.TotalDays:0} days";
        }

        if (alerts.Drift.MinShift is not (>= 0.05 and <= 10))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Alerts:Drift:MinShift: {alerts.Drift.MinShift} is not between 0.05 and 10");
        }

        foreach (var fault in WhyInvalid(alerts.Webhook).Concat(options.Models.SelectMany(static (model, index) => WhyInvalid(model.Alerts, $"Models:{index}:Alerts"))))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> WhyInvalid(WebhookOptions webhook)
    {
        if (webhook.Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0))
        {
            // The address may hold a token, so that it is not repeated.
            yield return "Alerts:Webhook:Url: it is not an absolute http or https address without user and password";
        }

        if (webhook.Url is not null && webhook.Secret is null)
        {
            yield return "Alerts:Webhook:Secret: it is missing; posts are signed with it, so that the receiver knows whom they come from";
        }

        if (webhook.Secret is { Length: < MinSecret })
        {
            yield return $"Alerts:Webhook:Secret: it is shorter than {MinSecret} characters";
        }

        if (webhook.Timeout <= TimeSpan.Zero || webhook.Timeout > LongestTimeout)
        {
            yield return $"Alerts:Webhook:Timeout: {webhook.Timeout} is not between a moment and {LongestTimeout.TotalMinutes:0} minutes";
        }

        if (webhook.MaxAttempts is < 1 or > 20)
        {
            yield return $"Alerts:Webhook:MaxAttempts: {webhook.MaxAttempts} is not between 1 and 20";
        }
    }

    private static IEnumerable<string> WhyInvalid(ModelAlertOptions alerts, string key)
    {
        if (alerts.MaxErrorRate is { } rate && !IsShare(rate))
        {
            yield return NoShare($"{key}:MaxErrorRate", rate);
        }

        if (alerts.MaxP95 <= TimeSpan.Zero)
        {
            yield return $"{key}:MaxP95: {alerts.MaxP95} is not a positive time span; leave it out for the host's own";
        }
    }

    private static bool IsShare(double value) => value is >= 0 and < 1;

    private static string NoShare(string key, double value) => string.Create(CultureInfo.InvariantCulture, $"{key}: {value} is not a share from 0 to below 1");
}
