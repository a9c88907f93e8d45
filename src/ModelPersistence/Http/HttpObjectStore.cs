using System.Net;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>The objects of a static web server, read-only. It has no listing.</summary>
internal sealed class HttpObjectStore : IObjectStore, IDisposable
{
    private const int Attempts = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly HttpProviderOptions _options;
    private readonly HttpClient _client;
    private readonly bool _ownsClient;
    private readonly TimeProvider _time;
    private readonly HttpRangeOptions _limits;
    private readonly HttpRequests _requests;
    private readonly HttpRangeReader _reader;

    /// <param name="options">The options, checked.</param>
    /// <param name="client">Sends the requests.</param>
    /// <param name="ownsClient">Whether the client is disposed with the store.</param>
    /// <param name="time">The clock.</param>
    public HttpObjectStore(HttpProviderOptions options, HttpClient client, bool ownsClient, TimeProvider time)
    {
        (_options, _client, _ownsClient, _time, _requests) = (options, client, ownsClient, time, new HttpRequests(options));
        _limits = new HttpRangeOptions { AttemptTimeout = options.AttemptTimeout, AttemptTimeoutSetting = $"the AttemptTimeout of '{options.Name}'" };
        _reader = new HttpRangeReader(options.Name, client, _requests, _limits, time);
    }

    public bool CanList => false;

    public async ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ReadOnceAsync(key, maxLength, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.IsTransient && attempt < Attempts)
            {
                await Task.Delay(FirstDelay * (1 << attempt) * Random.Shared.NextDouble(), _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
        _reader.OpenAsync(key, offset, length, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A web server has no listing.");

    public void Dispose()
    {
        if (_ownsClient)
        {
            _client.Dispose();
        }
    }

    private async Task<StoredObject?> ReadOnceAsync(string key, int maxLength, CancellationToken cancellationToken)
    {
        using var tooLate = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            using var request = await _requests.CreateAsync(key, either.Token).ConfigureAwait(false);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            {
                return null;
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw HttpFault.Status(_options.Name, key, response);
            }

            return response.Content.Headers.ContentType?.MediaType == "text/html"
                ? throw HttpFault.WebPage(_options.Name, key)
                : new StoredObject(await ReadContentAsync(key, maxLength, response, either.Token).ConfigureAwait(false), response.Headers.ETag?.ToString() ?? "");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw HttpFault.Unreachable(_options.Name, key, e as HttpRequestException ?? new HttpRequestException(HttpRequestError.Unknown, e.Message, e));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFault.TimedOut(_options.Name, key, _limits);
        }
    }

    /// <summary>The length a server announces is its own claim; what counts is what comes.</summary>
    private async Task<byte[]> ReadContentAsync(string key, int maxLength, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > maxLength)
        {
            throw TooLarge(key, maxLength);
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using MemoryStream content = new((int)(response.Content.Headers.ContentLength ?? 0));
        var buffer = new byte[16 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (content.Length + read > maxLength)
            {
                throw TooLarge(key, maxLength);
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private ModelIntegrityException TooLarge(string key, int maxLength) =>
        new($"'{key}' at provider '{_options.Name}' is refused: it is larger than {maxLength} bytes. Publish the model again or restore the file.") { File = key };
}
