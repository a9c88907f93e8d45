using System.Net.Http.Headers;
using ModelPersistence.Models;

namespace ModelPersistence.Http;

/// <summary>Plain requests below a base address.</summary>
internal sealed class HttpRequests(HttpProviderOptions options) : IHttpObjectRequests
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
            await authorize(request, cancellationToken).ConfigureAwait(false);
        }

        return request;
    }

    public ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken) =>
        new(HttpFault.Status(options.Name, key, response));
}
