using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace ModelPersistence.Tests.Support.Web;

/// <summary>
/// Stands between a client and an HTTP server, counts what passes, and spoils the answers a test picks. The Host header passes as the
/// client sent it, so that signed requests stay valid.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int PieceLength = 16 << 10;
    private static readonly HashSet<string> ConnectionHeaders = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Transfer-Encoding", "Keep-Alive", "Content-Length" };

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 256 });
    private readonly Uri _upstream;
    private LoopbackServer _server = null!;
    private long _bytesSent;
    private int _requests;

    private FaultProxy(Uri upstream) => _upstream = upstream;

    /// <summary>Decides over every request, given its number from 1 on: null lets it pass.</summary>
    public Func<HttpRequest, int, ProxyFault?> Decide { get; set; } = static (_, _) => null;

    public Uri Address => _server.Address;

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Body bytes that were sent to clients.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>The body bytes that were sent of each path.</summary>
    public ConcurrentDictionary<string, long> BytesByPath { get; } = new(StringComparer.Ordinal);

    /// <summary>The faults that happened.</summary>
    public ConcurrentQueue<ProxyFaultKind> Faults { get; } = new();

    public static async Task<FaultProxy> StartAsync(Uri upstream)
    {
        FaultProxy proxy = new(upstream);
        proxy._server = await LoopbackServer.StartAsync(proxy.HandleAsync);
        return proxy;
    }

    /// <summary>Spoils a share of the GET answers at random, each with one of the kinds; the same seed gives the same choices in the order of the requests.</summary>
    public void SpoilRandomly(int seed, double share, params ProxyFaultKind[] kinds)
    {
        Random random = new(seed);
        Lock gate = new();
        Decide = (request, _) =>
        {
            lock (gate)
            {
                return HttpMethods.IsGet(request.Method) && random.NextDouble() < share
                    ? new ProxyFault(kinds[random.Next(kinds.Length)], random.Next(1 << 20))
                    : null;
            }
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var fault = Decide(context.Request, Interlocked.Increment(ref _requests));
        if (fault is not null)
        {
            Faults.Enqueue(fault.Kind);
        }

        switch (fault?.Kind)
        {
            case ProxyFaultKind.SlowDown:
                await AnswerAsync(context, HttpStatusCode.ServiceUnavailable, "application/xml", "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>");
                return;
            case ProxyFaultKind.WebPage:
                await AnswerAsync(context, HttpStatusCode.OK, "text/html", "<!doctype html><title>Sign in</title>");
                return;
            case ProxyFaultKind.ChangedETag when context.Request.Headers.IfMatch.Count > 0:
                context.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
                return;
            default:
                break;
        }

        try
        {
            using var request = Forward(context.Request, withRange: fault?.Kind != ProxyFaultKind.WholeObject);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            if (fault?.Kind == ProxyFaultKind.LostAnswer)
            {
                context.Abort();
                return;
            }

            await CopyAsync(context, response, fault);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, as a killed process does.
        }
    }

    private HttpRequestMessage Forward(HttpRequest request, bool withRange)
    {
        HttpRequestMessage forward = new(new HttpMethod(request.Method), new Uri(_upstream, request.GetEncodedPathAndQuery()));
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            forward.Content = new StreamContent(request.Body);
            forward.Content.Headers.ContentLength = request.ContentLength;
        }

        foreach (var (name, values) in request.Headers)
        {
            if (!ConnectionHeaders.Contains(name) && (withRange || name is not "Range") && !forward.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                forward.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return forward;
    }

    private async Task CopyAsync(HttpContext context, HttpResponseMessage from, ProxyFault? fault)
    {
        var to = context.Response;
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.Concat(from.Content.Headers).Where(static header => !ConnectionHeaders.Contains(header.Key)))
        {
            to.Headers[name] = values.ToArray();
        }

        to.ContentLength = from.Content.Headers.ContentLength;
        if (fault?.Kind == ProxyFaultKind.ChangedETag)
        {
            to.Headers.ETag = $"\"changed-{Requests.ToString(CultureInfo.InvariantCulture)}\"";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using var body = await from.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[fault?.Kind == ProxyFaultKind.Slow ? PieceLength : 4 * PieceLength];
        long sent = 0;
        for (int read; (read = await body.ReadAsync(buffer, context.RequestAborted)) > 0; sent += read)
        {
            if (fault is { Kind: ProxyFaultKind.WrongByte } && fault.After >= sent && fault.After < sent + read)
            {
                buffer[fault.After - sent] ^= 0x55;
            }

            var stops = fault is { Kind: ProxyFaultKind.Cut or ProxyFaultKind.Stall } && sent + read > fault.After;
            var count = stops ? (int)(fault!.After - sent) : read;
            await to.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
            Interlocked.Add(ref _bytesSent, count);
            BytesByPath.AddOrUpdate(context.Request.Path.Value!, count, (_, before) => before + count);
            if (stops)
            {
                await to.Body.FlushAsync(context.RequestAborted);
                await StopAsync(context, fault!);
                return;
            }

            if (fault?.Kind == ProxyFaultKind.Slow)
            {
                await to.Body.FlushAsync(context.RequestAborted);
                await Task.Yield();
            }
        }
    }

    private static async Task StopAsync(HttpContext context, ProxyFault fault)
    {
        if (fault.Kind == ProxyFaultKind.Stall)
        {
            TaskCompletionSource givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = context.RequestAborted.Register(givenUp.SetResult);
            await givenUp.Task;
        }

        context.Abort();
    }

    private static async Task AnswerAsync(HttpContext context, HttpStatusCode status, string type, string text)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
