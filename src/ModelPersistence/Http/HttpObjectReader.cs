using System.Net;
using System.Net.Http.Headers;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>
/// Reads objects from a web server: small ones whole, others in ranges that are pinned to the entity tag they were first seen with, whose
/// content stream is handed on as it comes from the connection. A range is not tried again here except where a refreshed authorization or
/// a changed object calls for it: whoever reads knows best what is still missing.
/// </summary>
/// <remarks>Safe for concurrent use. It owns neither the client nor the requests.</remarks>
public sealed class HttpObjectReader
{
    private readonly string _provider;
    private readonly HttpReadOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpExchange _exchange;
    private readonly PinnedTags _tags = new();

    /// <summary>Creates a reader.</summary>
    /// <param name="provider">The provider's name, for messages.</param>
    /// <param name="client">Sends the requests; best one of <see cref="HttpTransport.CreateClient"/>.</param>
    /// <param name="requests">How the objects are asked for.</param>
    /// <param name="options">The time-out and the attempts; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public HttpObjectReader(string provider, HttpClient client, IHttpObjectRequests requests, HttpReadOptions? options = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(provider);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(requests);
        (_provider, _options, _time) = (provider, options ?? new HttpReadOptions(), time ?? TimeProvider.System);
        _exchange = new HttpExchange(provider, client, requests, _options, _time);
    }

    /// <summary>Reads a small object whole, or null when there is none. Faults that may pass are met with further attempts.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="maxLength">The bound in bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelIntegrityException">The object is larger.</exception>
    /// <exception cref="ModelStorageException">The server cannot be reached, is too slow, refuses, or answers with something else.</exception>
    public ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken) => ReadAsync(key, null, maxLength, cancellationToken);

    /// <summary>Reads a small object again, unless the server says by its entity tag that it is still the one that is known.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="known">What was read before. Without a tag the object is read whole.</param>
    /// <param name="maxLength">The bound in bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><paramref name="known"/> itself when nothing has changed; what the object is now when it was read; null when there is none any more.</returns>
    /// <exception cref="ModelIntegrityException">The object is larger.</exception>
    /// <exception cref="ModelStorageException">The server cannot be reached, is too slow, refuses, or answers with something else.</exception>
    public ValueTask<StoredObject?> ReadIfChangedAsync(string key, StoredObject known, int maxLength, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(known);
        return ReadAsync(key, known, maxLength, cancellationToken);
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

        EntityTagHeaderValue? refused = null;
        while (true)
        {
            var tag = refused is null ? _tags.For(key) : null;
            var response = await SendAsync(key, offset, length, tag, cancellationToken).ConfigureAwait(false);
            try
            {
                switch (response.StatusCode)
                {
                    case HttpStatusCode.RequestedRangeNotSatisfiable:
                        return Stream.Null;
                    case HttpStatusCode.PreconditionFailed:
                        // Somebody wrote the object. Whether its bytes are still the right ones is for their hashes to say.
                        _tags.Forget(key);
                        refused = tag;
                        continue;
                }

                var content = await ContentAsync(key, offset, length, response, cancellationToken).ConfigureAwait(false);
                _tags.Remember(key, response.Headers.ETag, refused);
                response = null;
                return content;
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    private async ValueTask<StoredObject?> ReadAsync(string key, StoredObject? known, int maxLength, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        for (var attempt = 1; ; attempt++)
        {
            HttpSmallRead read = new(_provider, _exchange, _options, _time);
            try
            {
                return await read.RunAsync(key, known, maxLength, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.IsMissing)
            {
                return null;
            }
            catch (ModelStorageException e) when (e.IsTransient && read.WasSent && attempt < _options.ReadAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100 << Math.Min(attempt, 6))), _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private ValueTask<HttpResponseMessage> SendAsync(string key, long offset, long length, EntityTagHeaderValue? tag, CancellationToken cancellationToken) =>
        _exchange.SendAsync(
            key,
            request =>
            {
                request.Headers.Range = new RangeHeaderValue(offset, offset + length - 1);
                if (tag is not null)
                {
                    request.Headers.IfMatch.Add(tag);
                }
            },
            response => response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable
                || (response.StatusCode == HttpStatusCode.PreconditionFailed && tag is not null),
            cancellationToken);

    private async ValueTask<Stream> ContentAsync(string key, long offset, long length, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpFault.ThrowIfWebPage(_provider, key, response);
        var headers = response.Content.Headers;
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
}
