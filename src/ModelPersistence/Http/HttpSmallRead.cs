using System.Net;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>One attempt to read a small object whole, bounded in length and time.</summary>
internal sealed class HttpSmallRead(string provider, HttpExchange exchange, HttpReadOptions options, TimeProvider time)
{
    /// <summary>Whether there was a request to send. Making one can fail after a search for credentials that has been long enough.</summary>
    public bool WasSent { get; private set; }

    public async Task<StoredObject> RunAsync(string key, int maxLength, CancellationToken cancellationToken)
    {
        using var response = await exchange.SendAsync(key, _ => WasSent = true, static response => response.StatusCode == HttpStatusCode.OK, cancellationToken).ConfigureAwait(false);
        HttpFault.ThrowIfWebPage(provider, key, response);
        using var tooLate = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            var content = await ReadAsync(key, maxLength, response.Content, either.Token).ConfigureAwait(false);

            // As it stands: a gateway may give a tag that the standard does not know, and takes it back the same way.
            return new StoredObject(content, response.Headers.NonValidated.TryGetValues("ETag", out var tags) ? tags.ToString() : "");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw HttpFault.Unreachable(provider, key, e as HttpRequestException ?? new HttpRequestException(HttpRequestError.Unknown, e.Message, e));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFault.TimedOut(provider, key, options);
        }
    }

    /// <summary>The length a server announces is its own claim; what counts is what comes.</summary>
    private async Task<byte[]> ReadAsync(string key, int maxLength, HttpContent from, CancellationToken cancellationToken)
    {
        var announced = from.Headers.ContentLength;
        if (announced > maxLength)
        {
            throw TooLarge(key, maxLength);
        }

        var stream = await from.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using MemoryStream content = new((int)(announced ?? 0));
        var buffer = new byte[16 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (content.Length + read > maxLength)
            {
                throw TooLarge(key, maxLength);
            }

            content.Write(buffer, 0, read);
        }

        return content.Length == content.Capacity ? content.GetBuffer() : content.ToArray();
    }

    private ModelIntegrityException TooLarge(string key, int maxLength) =>
        new($"'{key}' at provider '{provider}' is refused: it is larger than the {maxLength} bytes that are allowed. Publish the model again or restore the file.") { File = key };
}
