using System.Net;
using System.Net.Http.Headers;
using ModelPersistence.Http;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Http;

/// <summary>A server of one object in memory, behind a client; a test changes what it answers.</summary>
internal sealed class ScriptedServer(byte[] content) : HttpMessageHandler, IHttpObjectRequests
{
    public byte[] Content { get; set; } = content;

    public string? ETag { get; set; } = "\"one\"";

    /// <summary>Answers instead of the server, when it answers at all; counted from 1.</summary>
    public Func<int, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage?>>? Instead { get; set; }

    public Func<HttpResponseMessage, bool, ModelStorageException?>? Explain { get; set; }

    public List<HttpRequestHeaders> Requests { get; } = [];

    public ValueTask<HttpRequestMessage> CreateAsync(string key, CancellationToken cancellationToken) =>
        new(new HttpRequestMessage(HttpMethod.Get, $"http://server/{key}?signature=secret"));

    public ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken) =>
        new(Explain?.Invoke(response, isLast));

    public HttpObjectReader Reader(HttpReadOptions? options = null, TimeProvider? time = null) =>
        new("web", HttpTransport.CreateClient(this), this, options, time);

    /// <summary>The usual answer to a request.</summary>
    public HttpResponseMessage Answer(HttpRequestMessage request)
    {
        if (request.Headers.IfMatch.FirstOrDefault() is { } wanted && wanted.Tag != ETag)
        {
            return new HttpResponseMessage(HttpStatusCode.PreconditionFailed);
        }

        var range = request.Headers.Range!.Ranges.Single();
        var (from, to) = (range.From!.Value, Math.Min(range.To!.Value, Content.Length - 1));
        if (from >= Content.Length)
        {
            return new HttpResponseMessage(HttpStatusCode.RequestedRangeNotSatisfiable);
        }

        HttpResponseMessage response = new(HttpStatusCode.PartialContent) { Content = new ByteArrayContent(Content[(int)from..(int)(to + 1)]) };
        response.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, to, Content.Length);
        return Tag(response);
    }

    public HttpResponseMessage Whole() => Tag(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Content) });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request.Headers);
        var answer = Instead is null ? null : await Instead(Requests.Count, request, cancellationToken);
        return answer ?? Answer(request);
    }

    private HttpResponseMessage Tag(HttpResponseMessage response)
    {
        response.Headers.ETag = ETag is null ? null : EntityTagHeaderValue.Parse(ETag);
        return response;
    }
}
