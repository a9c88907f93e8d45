using System.Net.Http.Headers;
using ModelPersistence.Models;

namespace ModelPersistence.Http;

/// <summary>Plain requests below a base address.</summary>
internal sealed class HttpRequests(HttpProviderOptions options, TimeProvider time) : IHttpObjectRequests
{
    private readonly string _root = options.BaseAddress!.AbsoluteUri.TrimEnd('/') + "/";

    public async ValueTask<HttpRequestMessage> CreateAsync(string key, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = new(HttpMethod.Get, new Uri(_root + string.Join('/', key.Split('/').Select(Uri.EscapeDataString))));
        if (options.BearerToken is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (options.Authorize is { } authorize)
        {
            await AuthorizeAsync(authorize, request, key, cancellationToken).ConfigureAwait(false);
        }

        return request;
    }

    public ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken) =>
        new(HttpFault.Status(options.Name, key, response));

    /// <summary>What the host's own code waits for, a token server for instance, nobody else watches.</summary>
    private async Task AuthorizeAsync(
        Func<HttpRequestMessage, CancellationToken, ValueTask> authorize, HttpRequestMessage request, string key, CancellationToken cancellationToken)
    {
        using CancellationTokenSource tooLate = new(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            await authorize(request, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (tooLate.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelStorageException(
                options.Name,
                $"The Authorize of provider '{options.Name}' did not prepare the request for '{key}' within {options.AttemptTimeout.TotalSeconds:0.###} s. Check what it waits for, or raise the AttemptTimeout of '{options.Name}'.",
                isTransient: true,
                e);
        }
    }
}
