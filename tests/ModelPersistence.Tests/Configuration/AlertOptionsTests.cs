using ModelPersistence.Configuration;

namespace ModelPersistence.Tests.Configuration;

internal sealed class AlertOptionsTests
{
    private const string Secret = "0123456789abcdef";

    private static readonly (string Key, Action<ModelManagementOptions> Break)[] Faults =
    [
        ("Alerts:MaxErrorRate", static o => o.Alerts.MaxErrorRate = 1),
        ("Alerts:MaxErrorRate", static o => o.Alerts.MaxErrorRate = double.NaN),
        ("Alerts:MaxP95", static o => o.Alerts.MaxP95 = TimeSpan.Zero),
        ("Alerts:Window", static o => o.Alerts.Window = TimeSpan.FromSeconds(59)),
        ("Alerts:Window", static o => o.Alerts.Window = TimeSpan.FromMinutes(61)),
        ("Alerts:MinRequests", static o => o.Alerts.MinRequests = 0),
        ("Alerts:MaxMemoryShare", static o => o.Alerts.MaxMemoryShare = 0),
        ("Alerts:MaxMemoryShare", static o => o.Alerts.MaxMemoryShare = double.NaN),
        ("Alerts:Cooldown", static o => o.Alerts.Cooldown = TimeSpan.FromSeconds(-1)),
        ("Alerts:Drift:MinShift", static o => o.Alerts.Drift.MinShift = 0.04),
        ("Alerts:Drift:MinShift", static o => o.Alerts.Drift.MinShift = double.NaN),
        ("Alerts:Webhook:Url", static o => o.Alerts.Webhook.Url = new Uri("/relative", UriKind.Relative)),
        ("Alerts:Webhook:Url", static o => o.Alerts.Webhook.Url = new Uri("ftp://host/hook")),
        ("Alerts:Webhook:Url", static o => o.Alerts.Webhook.Url = new Uri("https://user:password@host/hook")),
        ("Alerts:Webhook:Secret", static o => o.Alerts.Webhook.Url = new Uri("https://host/hook")),
        ("Alerts:Webhook:Secret", static o => o.Alerts.Webhook.Secret = Secret[1..]),
        ("Alerts:Webhook:Timeout", static o => o.Alerts.Webhook.Timeout = TimeSpan.Zero),
        ("Alerts:Webhook:MaxAttempts", static o => o.Alerts.Webhook.MaxAttempts = 0),
        ("Models:0:Alerts:MaxErrorRate", static o => o.Models.Add(new ModelOptions { Reference = "add", Alerts = { MaxErrorRate = -0.1 } })),
        ("Models:0:Alerts:MaxP95", static o => o.Models.Add(new ModelOptions { Reference = "add", Alerts = { MaxP95 = TimeSpan.FromSeconds(-1) } })),
    ];

    [Test]
    public void What_cannot_be_meant_is_named_by_its_key()
    {
        using var all = Assert.EnterMultipleScope();
        foreach (var (key, spoil) in Faults)
        {
            ModelManagementOptions options = new() { CachePath = Path.GetTempPath() };
            spoil(options);
            Assert.That(Validate(options), Is.Not.Null.And.StartWith($"ModelManagement:{key}: "), key);
        }
    }

    [Test]
    public void A_fault_of_the_address_or_the_secret_repeats_neither()
    {
        ModelManagementOptions options = new() { CachePath = Path.GetTempPath(), Alerts = { Webhook = { Url = new Uri("https://user:p4ss@host/T0K3N"), Secret = "short-secret" } } };
        Assert.That(Validate(options), Does.Not.Contain("p4ss").And.Not.Contain("T0K3N").And.Not.Contain("short-secret"));
    }

    [Test]
    public void The_defaults_and_a_webhook_with_a_secret_are_valid()
    {
        ModelManagementOptions options = new() { CachePath = Path.GetTempPath() };
        Assert.That(Validate(options), Is.Null);
        options.Alerts.Webhook.Url = new Uri("https://host/hook");
        options.Alerts.Webhook.Secret = Secret;
        Assert.That(Validate(options), Is.Null);
    }

    [TestCase(true, true, true)]
    [TestCase(true, false, true)]
    [TestCase(false, true, true)]
    [TestCase(false, false, false)]
    public void Runs_are_looked_at_for_trends_or_alerts(bool trends, bool alerts, bool monitored) =>
        Assert.That(new ModelManagementOptions { Trends = trends, Alerts = { Enabled = alerts } }.IsMonitored, Is.EqualTo(monitored));

    [Test]
    public void What_the_fluent_form_says_stands_in_the_options()
    {
        ModelOptions options = new();
        new ModelRegistration(options).Alerts(0.01, TimeSpan.FromMilliseconds(50), drift: false).Alerts().WithoutAlerts();
        using var all = Assert.EnterMultipleScope();
        Assert.That((options.Alerts.MaxErrorRate, options.Alerts.MaxP95), Is.EqualTo((0.01, TimeSpan.FromMilliseconds(50))));
        Assert.That((options.Alerts.Drift, options.Alerts.Enabled), Is.EqualTo(((bool?)false, (bool?)false)));
    }

    private static string? Validate(ModelManagementOptions options) => new ModelManagementOptionsValidator([]).Validate(null, options).FailureMessage;
}
