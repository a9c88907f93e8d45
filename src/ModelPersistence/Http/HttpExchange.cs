using ModelPersistence.Models;

namespace ModelPersistence.Http;

/// <summary>One request and its answer, watched, and repeated once where the authorization was refreshed.</summary>
internal sealed class HttpExchange(string provider, HttpClient client, IHttpObjectRequests requests, HttpReadOptions options, TimeProvider time)
{
    /// <param name="key">The object.</param>
    /// <param name="prepare">Adds headers.</param>
    /// <param name="isAnswer">Which answers the caller takes; it disposes them. All others are faults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<HttpResponseMessage> SendAsync(
        string key, Action<HttpRequestMessage> prepare, Func<HttpResponseMessage, bool> isAnswer, CancellationToken cancellationToken)
    {
        for (var wasRefreshed = false; ; wasRefreshed = true)
        {
            HttpResponseMessage? response = await SendOnceAsync(key, prepare, cancellationToken).ConfigureAwait(false);
            try
            {
                if (isAnswer(response))
                {
                    var answer = response;
                    response = null;
                    return answer;
                }

                if (await ExplainAsync(key, response, wasRefreshed, cancellationToken).ConfigureAwait(false) is { } fault)
                {
                    throw fault;
                }
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(string key, Action<HttpRequestMessage> prepare, CancellationToken cancellationToken)
    {
        using var request = await requests.CreateAsync(key, cancellationToken).ConfigureAwait(false);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        prepare(request);
        using var tooLate = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw requests.Explain(key, e) ?? HttpFault.Unreachable(provider, key, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Ours, or the client's own limit.
            throw HttpFault.TimedOut(provider, key, options);
        }
    }

    private async ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken)
    {
        using var tooLate = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            var fault = await requests.ExplainAsync(key, response, isLast, either.Token).ConfigureAwait(false);
            return fault is null && isLast ? HttpFault.Status(provider, key, response) : fault;
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The body that would have said more did not come.
            return HttpFault.Status(provider, key, response);
        }
    }
}
