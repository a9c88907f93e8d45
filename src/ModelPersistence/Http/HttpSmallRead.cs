using System.Net;
using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>One attempt to read a small object whole, bounded in length and time.</summary>
internal sealed class HttpSmallRead(string provider, HttpExchange exchange, HttpReadOptions options, TimeProvider time)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    /// <summary>Whether there was a request to send. Making one can fail after a search for credentials that has been long enough.</summary>
    public bool WasSent { get; private set; }

    /// <param name="key">The object's key.</param>
    /// <param name="known">What comes back when the server says that it has not changed; null to read it whatever it is.</param>
    /// <param name="maxLength">The bound in bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<StoredObject> RunAsync(string key, StoredObject? known, int maxLength, CancellationToken cancellationToken)
    {
        // No header carries anything but ASCII, whatever a server gave.
        var tag = known is { ETag: { Length: > 0 } given } && Ascii.IsValid(given) ? given : null;
        using var response = await exchange.SendAsync(
            key,
            request =>
            {
                WasSent = true;
                if (tag is not null)
                {
                    request.Headers.TryAddWithoutValidation("If-None-Match", tag);
                }
            },
            response => response.StatusCode == HttpStatusCode.OK || (response.StatusCode == HttpStatusCode.NotModified && tag is not null),
            cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            return known!;
        }

        HttpFault.ThrowIfWebPage(provider, key, response);
        using var tooLate = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            var content = await ReadAsync(key, maxLength, response.Content, either.Token).ConfigureAwait(false);
            return new StoredObject(content, options.DropsFreshTags && IsFresh(response) ? "" : TagOf(response));
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

    /// <summary>As it stands: a gateway may give a tag that the standard does not know, and takes it back the same way.</summary>
    private static string TagOf(HttpResponseMessage response) => response.Headers.NonValidated.TryGetValues("ETag", out var tags) ? tags.ToString() : "";

    /// <summary>Whether the object may be written once more without its time in seconds changing.</summary>
    private bool IsFresh(HttpResponseMessage response) =>
        response.Content.Headers.LastModified is { } written && (response.Headers.Date ?? time.GetUtcNow()) - written < FreshFor;

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
