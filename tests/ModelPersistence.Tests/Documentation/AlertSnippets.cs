using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Monitoring;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/alerts.md, compiled. A test compares them.</summary>
internal static class AlertSnippets
{
    public static void Setup(HostApplicationBuilder builder, string secret)
    {
        // <alerts>
        builder.Services.AddModelManagement(o =>
            {
                o.Alerts.MaxErrorRate = 0.02;                                         // for all models
                o.Alerts.Webhook.Url = new Uri("https://alerts.example.com/models");
                o.Alerts.Webhook.Secret = secret;
            })
            .AddModel("sentiment:stable", m => m.Alerts(maxP95: TimeSpan.FromMilliseconds(50)))
            .AddModel("experiment", m => m.WithoutAlerts());
        builder.Services.AddSingleton<IAlertSink, PagerSink>();                       // besides the log and the webhook
        // </alerts>
    }

    public static void Show(IModelMonitor monitor)
    {
        // <trends>
        foreach (var trend in monitor.Trends)
        {
            var hour = trend.Minutes.TakeLast(60).ToList();
            Console.WriteLine($"{trend.Model}:{trend.Version} {hour.Sum(m => m.Count)} runs, {hour.Sum(m => m.Errors)} failed, p95 up to {hour.Max(m => m.P95)}");
        }

        foreach (var alert in monitor.ActiveAlerts)
        {
            Console.WriteLine($"{alert.Severity} since {alert.Since:T}: {alert.Message}");
        }
        // </trends>
    }

    // <verify>
    /// <summary>Whether a post with this header ("ModelPersistence-Signature") and these bytes comes from a host that knows the secret, and is not a replay.</summary>
    public static bool IsGenuine(string signature, byte[] body, string secret, DateTimeOffset now)
    {
        var parts = signature.Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0], part => part[1]);
        if (parts["t"].FirstOrDefault() is not { } time || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return false;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];    // the bytes as they came: not parsed and written again
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
        return Math.Abs(now.ToUnixTimeSeconds() - seconds) <= 300
            && parts["v1"].Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected)));
    }
    // </verify>

    // <sink>
    private sealed class PagerSink : IAlertSink
    {
        public async Task SendAsync(Alert alert, CancellationToken cancellationToken)
        {
            if (alert.Severity == AlertSeverity.Critical)
            {
                await PageAsync($"{(alert.ResolvedAt is null ? "RAISED" : "resolved")} {alert.Message}", cancellationToken);
            }
        }
        // </sink>

        private static Task PageAsync(string text, CancellationToken cancellationToken) => Console.Out.WriteLineAsync(text.AsMemory(), cancellationToken);
    }
}
