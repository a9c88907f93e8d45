using System.Net;
using ModelPersistence.Http;
using ModelPersistence.Models;

namespace ModelPersistence.Aws;

/// <summary>Requests for ranges, each presigned on this host when it is sent.</summary>
internal sealed class S3PresignedRequests(S3Connection connection) : IHttpObjectRequests
{
    public async ValueTask<HttpRequestMessage> CreateAsync(string key, CancellationToken cancellationToken) =>
        new(HttpMethod.Get, await connection.PresignAsync(key, cancellationToken).ConfigureAwait(false));

    public async ValueTask<ModelStorageException?> ExplainAsync(string key, HttpResponseMessage response, bool isLast, CancellationToken cancellationToken)
    {
        var error = await S3Error.ReadAsync(response, cancellationToken).ConfigureAwait(false);
        if (!isLast && error.IsExpiredCredentials && connection.TryRefresh(error.Code))
        {
            return null;
        }

        if (!isLast && error.IsClockSkew && await connection.TryLearnClockAsync(key, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        return error.Code.Length == 0 && error.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound && response.Content.Headers.ContentType?.MediaType == "text/html"
            ? S3Faults.NotS3(connection.Place, S3Action.GetObject, key)
            : S3Faults.Explain(connection.Place, S3Action.GetObject, key, error, connection.Time.GetUtcNow());
    }

    public ModelStorageException? Explain(string key, HttpRequestException fault) =>
        S3Faults.Explain(connection.Place, S3Action.GetObject, key, fault, connection.Options.AttemptTimeout);
}
