using System.Collections.Concurrent;
using System.Text;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>A collector on the loopback interface that takes OTLP as protocol buffers over HTTP.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _messages;
    private readonly LoopbackServer _server;

    private OtlpReceiver(LoopbackServer server, ConcurrentQueue<(string Path, byte[] Body)> messages) => (_server, _messages) = (server, messages);

    /// <summary>What the variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> would say.</summary>
    public Uri Address => _server.Address;

    /// <summary>The names of all metrics that were received.</summary>
    public IReadOnlySet<string> Metrics =>
        Bodies("/v1/metrics").SelectMany(static body => OtlpMessage.Find(body, 1, 2, 2, 1)).Select(static name => Encoding.UTF8.GetString(name.Span)).ToHashSet();

    /// <summary>All spans that were received.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. Bodies("/v1/traces").SelectMany(static body => OtlpMessage.Find(body, 1, 2, 2)).Select(static span => new OtlpSpan(
        Hex(span, 1), Hex(span, 2), Hex(span, 4), Encoding.UTF8.GetString(OtlpMessage.Find(span, 5).Single().Span)))];

    public static async Task<OtlpReceiver> StartAsync()
    {
        ConcurrentQueue<(string Path, byte[] Body)> messages = new();
        return new OtlpReceiver(await LoopbackServer.StartAsync(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            messages.Enqueue((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        }), messages);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Convert.ToHexString(OtlpMessage.Find(message, field).SingleOrDefault().Span);

    private IEnumerable<byte[]> Bodies(string path) => _messages.Where(message => message.Path == path).Select(static message => message.Body);
}

/// <summary>A span as it was received; ids in hexadecimal, an empty parent for none.</summary>
internal sealed record OtlpSpan(string Trace, string Id, string Parent, string Name);
