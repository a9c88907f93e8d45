using ModelPersistence.Models;

namespace ModelPersistence.Http;

/// <summary>
/// How the objects of one store are asked for over HTTP: where they are, who asks, and what a refusal means. Everything else (ranges,
/// entity tags, time-outs) is the same for all stores and lies in <see cref="HttpObjectReader"/>.
/// </summary>
/// <remarks>Implementations are safe for concurrent use.</remarks>
public interface IHttpObjectRequests
{
    /// <summary>
    /// Makes the request for a whole object, authorized as of now; <see cref="HttpObjectReader"/> adds the range and sends it at once. A signature
    /// must therefore not cover the headers <c>Range</c>, <c>If-Match</c>, <c>If-None-Match</c> and <c>Accept-Encoding</c>.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelStorageException">The request could not be made, for example because there are no credentials.</exception>
    ValueTask<HttpRequestMessage> CreateAsync(string key, CancellationToken cancellationToken);

    /// <summary>Says what an answer means that carries no bytes of the object.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="response">The answer; its status is none of 200, 206 and 416, nor a 304 that was asked for. Its body may be read. The caller disposes it.</param>
    /// <param name="isLast">Whether the request was repeated before, so that null counts as a failure.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The exception to throw; null when something was refreshed (credentials, the offset of the clock) and the request is worth sending once more.</returns>
    ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken);

    /// <summary>Says what it means that no answer came; null for the words of <see cref="HttpObjectReader"/>, as by default.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="fault">What the client says.</param>
    ModelStorageException? Explain(string key, HttpRequestException fault) => null;
}
