using System.Net;

namespace ModelPersistence.Http;

/// <summary>Makes HTTP clients that suit the transfer of large objects.</summary>
public static class HttpTransport
{
    private const int MaxConnections = 64;

    /// <summary>
    /// Creates a handler: up to 64 connections to a server, renewed every two minutes so that changes of name resolution are followed, 10 s
    /// to connect, neither cookies nor decompression. The caller owns it and may change it before its first request.
    /// </summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        MaxConnectionsPerServer = MaxConnections,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxAutomaticRedirections = 5,
    };

    /// <summary>
    /// Creates a client that speaks HTTP/1.1, since many connections move bulk data faster than one that is shared, and has no time-out of
    /// its own, since <see cref="HttpObjectReader"/> watches each request. The caller disposes it.
    /// </summary>
    /// <param name="handler">The handler, disposed with the client; null for one of <see cref="CreateHandler"/>.</param>
    public static HttpClient CreateClient(HttpMessageHandler? handler = null) => new(handler ?? CreateHandler())
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };
}
