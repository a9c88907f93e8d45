using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using ModelPersistence.Models;

namespace ModelPersistence.Http;

/// <summary>What goes wrong between this host and a web server, told without any URL: those may carry signatures.</summary>
internal static class HttpFault
{
    public static ModelStorageException Unreachable(string provider, string key, HttpRequestException e) =>
        new(
            provider,
            $"Provider '{provider}' could not be asked for '{key}': {Cause(e)}. Check its address, the network and any proxy between.",
            isTransient: e.HttpRequestError is not (HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError
                    or HttpRequestError.UserAuthenticationError or HttpRequestError.ConfigurationLimitExceeded)
                && e.InnerException is not SocketException { SocketErrorCode: SocketError.HostNotFound },
            e);

    public static ModelStorageException TimedOut(string provider, string key, HttpReadOptions options) =>
        new(
            provider,
            $"Provider '{provider}' did not answer the request for '{key}' within {options.AttemptTimeout.TotalSeconds:0.###} s. Check its address and the network, or raise {options.AttemptTimeoutSetting}.",
            isTransient: true);

    /// <summary>The meaning of a status that nobody could say more about.</summary>
    public static ModelStorageException Status(string provider, string key, HttpResponseMessage response)
    {
        var isThrottled = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
        return new ModelStorageException(
            provider,
            $"Provider '{provider}' answered the request for '{key}' with {(int)response.StatusCode} {response.ReasonPhrase}. {Remedy(response.StatusCode)}",
            isTransient: isThrottled || response.StatusCode is HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented)
        {
            IsThrottled = isThrottled,
            IsMissing = response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone,
            RetryAfter = RetryAfter(response.Headers),
        };
    }

    /// <summary>A model is no web page, so that one is the word of somebody between.</summary>
    public static void ThrowIfWebPage(string provider, string key, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentType?.MediaType == "text/html" && !key.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelStorageException(
                provider,
                $"Provider '{provider}' answered with a web page instead of '{key}'. Check its address, and whether a proxy or a sign-in page stands between.",
                isTransient: false);
        }
    }

    public static ModelStorageException OtherRange(string provider, string key, long offset, long length, HttpResponseMessage response) =>
        new(
            provider,
            $"Provider '{provider}' answered the request for {length} bytes of '{key}' from {offset} on with another range ({response.Content.Headers.ContentRange?.ToString() ?? "none named"}). Check the server, and any cache or proxy between.",
            isTransient: false);

    /// <summary>A moment is measured by the clock that named it.</summary>
    private static TimeSpan? RetryAfter(HttpResponseHeaders headers) => headers switch
    {
        { RetryAfter.Delta: { } delta } => delta,
        { RetryAfter.Date: { } at, Date: { } now } => at > now ? at - now : TimeSpan.Zero,
        _ => null,
    };

    private static string Cause(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its host name is not known",
        HttpRequestError.ConnectionError => $"no connection ({(e.InnerException as SocketException)?.SocketErrorCode.ToString() ?? "failed"})",
        HttpRequestError.SecureConnectionError => "the secure connection was refused (is its certificate trusted here?)",
        HttpRequestError.Unknown => (e.InnerException ?? e).Message.TrimEnd('.'),
        var error => $"the exchange failed ({error})",
    };

    private static string Remedy(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "Check the credentials and the permission to read.",
        HttpStatusCode.NotFound or HttpStatusCode.Gone => "Check the address and whether the object is there.",
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => "It is busy; fewer streams (ModelManagement:MaxDownloadStreams) ask less of it.",
        >= HttpStatusCode.InternalServerError => "Check the server.",
        _ => "Check the provider's settings.",
    };
}
