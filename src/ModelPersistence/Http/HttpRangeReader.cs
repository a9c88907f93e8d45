using System.Net;
using System.Net.Http.Headers;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>
/// Reads ranges of objects from a web server, pinned to the entity tag they were first seen with. The content stream is handed on as it
/// comes from the connection. Nothing is tried again here except what a refreshed authorization or a changed object calls for: whoever
/// reads knows best what is still missing.
/// </summary>
/// <remarks>Safe for concurrent use. It owns neither the client nor the requests.</remarks>
public sealed class HttpRangeReader
{
    private readonly string _provider;
    private readonly HttpClient _client;
    private readonly IHttpObjectRequests _requests;
    private readonly HttpRangeOptions _options;
    private readonly TimeProvider _time;
    private readonly PinnedTags _tags = new();

    /// <summary>Creates a reader.</summary>
    /// <param name="provider">The provider's name, for messages.</param>
    /// <param name="client">Sends the requests; best one of <see cref="HttpTransport.CreateClient"/>.</param>
    /// <param name="requests">How the objects are asked for.</param>
    /// <param name="options">The time-out; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public HttpRangeReader(string provider, HttpClient client, IHttpObjectRequests requests, HttpRangeOptions? options = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(provider);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(requests);
        (_provider, _client, _requests, _options, _time) = (provider, client, requests, options ?? new HttpRangeOptions(), time ?? TimeProvider.System);
    }

    /// <summary>Opens a range of an object. The caller disposes the stream.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">The number of bytes; the stream ends early only where the object does or the connection breaks.</param>
    /// <param name="cancellationToken">Ends the call; reads of the stream take their own.</param>
    /// <exception cref="RangesNotSupportedException">The server answers with the whole object, and the range does not begin at 0.</exception>
    /// <exception cref="ModelStorageException">The server cannot be reached, is too slow to answer, refuses, or answers with something else.</exception>
    public async ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length == 0)
        {
            return Stream.Null;
        }

        var wasRefreshed = false;
        EntityTagHeaderValue? refused = null;
        while (true)
        {
            var tag = refused is null ? _tags.For(key) : null;
            var response = await SendAsync(key, offset, length, tag, cancellationToken).ConfigureAwait(false);
            try
            {
                switch (response.StatusCode)
                {
                    case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                        var content = await ContentAsync(key, offset, length, response, cancellationToken).ConfigureAwait(false);
                        _tags.Remember(key, response.Headers.ETag, refused);
                        response = null;
                        return content;
                    case HttpStatusCode.RequestedRangeNotSatisfiable:
                        return Stream.Null;
                    case HttpStatusCode.PreconditionFailed when tag is not null:
                        // Somebody wrote the object. Whether its bytes are still the right ones is for their hashes to say.
                        _tags.Forget(key);
                        refused = tag;
                        continue;
                }

                var fault = await ExplainAsync(key, response, wasRefreshed, cancellationToken).ConfigureAwait(false);
                if (fault is not null)
                {
                    throw fault;
                }

                wasRefreshed = true;
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    private async ValueTask<HttpResponseMessage> SendAsync(string key, long offset, long length, EntityTagHeaderValue? tag, CancellationToken cancellationToken)
    {
        using var request = await _requests.CreateAsync(key, cancellationToken).ConfigureAwait(false);
        request.Headers.Range = new RangeHeaderValue(offset, offset + length - 1);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (tag is not null)
        {
            request.Headers.IfMatch.Add(tag);
        }

        using var tooLate = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw HttpFault.Unreachable(_provider, key, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Ours, or the client's own limit.
            throw HttpFault.TimedOut(_provider, key, _options);
        }
    }

    private async ValueTask<Stream> ContentAsync(string key, long offset, long length, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var headers = response.Content.Headers;
        if (headers.ContentType?.MediaType == "text/html" && !key.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
        {
            throw HttpFault.WebPage(_provider, key);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            if (offset > 0)
            {
                throw new RangesNotSupportedException(
                    $"Provider '{_provider}' answered the request for a part of '{key}' with the whole object: it does not support ranges. The object can be read in one piece only; switch ranges on at the server or the proxy before it.");
            }
        }
        else if (headers.ContentRange is not { Unit: "bytes", From: { } from, To: { } to } || from != offset || to >= offset + length)
        {
            throw HttpFault.OtherRange(_provider, key, offset, length, response);
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return headers.ContentLength <= length ? stream : new LimitedStream(stream, length);
    }

    private async ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken)
    {
        using var tooLate = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            var fault = await _requests.ExplainAsync(key, response, isLast, either.Token).ConfigureAwait(false);
            return fault is null && isLast ? HttpFault.Status(_provider, key, response) : fault;
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The body that would have said more did not come.
            return HttpFault.Status(_provider, key, response);
        }
    }
}
