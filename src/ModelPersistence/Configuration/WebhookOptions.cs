namespace ModelPersistence.Configuration;

/// <summary>Where alerts are posted as JSON.</summary>
public sealed class WebhookOptions
{
    // To look whether there is an address, as every start does, must not load the assembly of Uri.
    private object? _url;

    /// <summary>The address, http or https, without user and password. Default null: nothing is posted. It is logged by its host alone, since paths of webhooks are often secret.</summary>
    public Uri? Url
    {
        get => (Uri?)_url;
        set => _url = value;
    }

    /// <summary>
    /// The secret shared with the receiver, at least 16 characters. Its UTF-8 bytes are the key of the HMAC-SHA256 that signs each post. Needed where
    /// <see cref="Url"/> is set. Never logged.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>How long one attempt may take, connecting included. Default 10 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a post is tried before it is given up, from 1 to 20. The delays double from one second to a minute. Default 8: a receiver may be gone for two minutes.</summary>
    public int MaxAttempts { get; set; } = 8;

    internal bool HasUrl => _url is not null;
}
