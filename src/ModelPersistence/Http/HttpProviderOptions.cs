namespace ModelPersistence.Http;

/// <summary>A repository tree behind a web server or CDN that answers ranges.</summary>
public sealed class HttpProviderOptions
{
    /// <summary>The name in messages, status and metrics; unique in the chain. Default <c>Http</c>.</summary>
    public string Name { get; set; } = "Http";

    /// <summary>Where the tree begins: <c>&lt;BaseAddress&gt;/&lt;model&gt;/aliases.json</c> must lead to a model's aliases. Required, http or https, without user name, query and fragment.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>A token that is sent as <c>Authorization: Bearer</c>. Default: none.</summary>
    public string? BearerToken { get; set; }

    /// <summary>How long one request may take until the headers of its answer are there; for an alias document or a manifest, until it is read. Default 15 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Changes every request before it is sent: other headers, a token that is renewed. Called anew for each request, concurrently. It must
    /// leave the headers Range, If-Match and Accept-Encoding alone. Where the server redirects, the client drops Authorization but sends other headers along.
    /// </summary>
    public Func<HttpRequestMessage, CancellationToken, ValueTask>? Authorize { get; set; }

    /// <summary>
    /// Supplies the client, for example <c>services => services.GetRequiredService&lt;IHttpClientFactory&gt;().CreateClient("models")</c>.
    /// It is asked once and left to its maker to dispose. Default: a client of the provider's own, tuned for large transfers.
    /// </summary>
    public Func<IServiceProvider, HttpClient>? Client { get; set; }
}
