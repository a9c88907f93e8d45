namespace ModelPersistence.Configuration;

/// <summary>What raises an alert, and who is told. Single models may differ: <see cref="ModelOptions.Alerts"/>.</summary>
public sealed class AlertOptions
{
    /// <summary>Whether anything is watched for alerts at all. Default true: alerts are logged; webhooks and sinks of the host's own come on top.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The share of a version's requests that may fail within <see cref="Window"/>, from 0 to below 1. Requests that are refused as the caller's
    /// fault do not count. Default 0.05.
    /// </summary>
    public double MaxErrorRate { get; set; } = 0.05;

    /// <summary>
    /// The target for the 95th percentile of a run's duration: no more than 5% of a version's runs within <see cref="Window"/> may take
    /// longer. Only runs on the last tier are judged. Default null: there is no target, and <see cref="Drift"/> alone watches the latency.
    /// </summary>
    public TimeSpan? MaxP95 { get; set; }

    /// <summary>The stretch of time whose requests a rate is taken over; events such as a refused load show as long. From 1 minute to 1 hour. Default 5 minutes.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many requests there must be within <see cref="Window"/> before a rate is judged. Default 10.</summary>
    public int MinRequests { get; set; } = 10;

    /// <summary>
    /// The share of the memory budget that models may hold throughout <see cref="Window"/> without being idle, over 0 and at most 1. Idle models make
    /// room when it is needed, so that they do not count. Default 0.9.
    /// </summary>
    public double MaxMemoryShare { get; set; } = 0.9;

    /// <summary>
    /// How long after an alert the sinks hear nothing more of the same rule and model, whatever it does meanwhile. What is still the case
    /// then is told then. Zero tells everything. Default 15 minutes.
    /// </summary>
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The watch on a version's latency against its own history.</summary>
    public DriftOptions Drift { get; } = new();

    /// <summary>Where alerts are posted; nowhere while <see cref="WebhookOptions.Url"/> is not set.</summary>
    public WebhookOptions Webhook { get; } = new();
}
