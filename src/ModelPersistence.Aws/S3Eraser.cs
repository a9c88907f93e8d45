using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace ModelPersistence.Aws;

/// <summary>Deletes objects, a thousand at a time where the store takes that.</summary>
internal sealed class S3Eraser(S3Connection connection)
{
    private const int BatchSize = 1000;
    private const int SideBySide = 8;

    private volatile bool _refusesBatches;

    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var batch in keys.Chunk(BatchSize))
        {
            if (batch.Length == 1 || _refusesBatches || !await TryDeleteAsync(batch, cancellationToken).ConfigureAwait(false))
            {
                await Parallel.ForEachAsync(
                    batch,
                    new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken },
                    DeleteAsync).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> TryDeleteAsync(string[] keys, CancellationToken cancellationToken)
    {
        var (place, failed) = (connection.Place, (DeleteError?)null);
        var answer = await connection.CallAsync(
            S3Action.DeleteObject,
            keys[0],
            async (client, token) =>
            {
                DeleteObjectsRequest request = new() { BucketName = place.Bucket, Quiet = true, Objects = [.. keys.Select(key => new KeyVersion { Key = place.Full(key) })] };
                try
                {
                    var response = await client.DeleteObjectsAsync(request, token).ConfigureAwait(false);
                    failed = response.DeleteErrors?.FirstOrDefault();
                }
                catch (DeleteObjectsException e)
                {
                    failed = e.Response.DeleteErrors?.FirstOrDefault();
                }

                return place;
            },
            IsRefusal,
            limit: null,
            cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } refusal)
        {
            // Older stores want another checksum than the SDK sends, have no such operation, or ask for a permission on the whole bucket.
            _refusesBatches = true;
            S3Log.BatchRefused(connection.Logger, place.Provider, refusal.Code);
            return false;
        }

        return failed is null
            ? true
            : throw S3Faults.Explain(place, S3Action.DeleteObject, Relative(failed.Key), new S3Error(StatusOf(failed.Code), failed.Code ?? "", failed.Message ?? ""), connection.Time.GetUtcNow());

        string? Relative(string? key) => key?.StartsWith(place.Prefix, StringComparison.Ordinal) == true ? key[place.Prefix.Length..] : key;
    }

    private async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var place = connection.Place;
        _ = await connection.CallAsync(
            S3Action.DeleteObject,
            key,
            (client, token) => client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = place.Bucket, Key = place.Full(key) }, token),
            static error => error.IsMissingObject,
            limit: null,
            cancellationToken).ConfigureAwait(false);
    }

    private static bool IsRefusal(S3Error error) =>
        !error.IsMissingBucket && !error.IsExpiredCredentials && !error.IsClockSkew
        && (error.Code == "AccessDenied" || error.Status is HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented or HttpStatusCode.LengthRequired);

    private static HttpStatusCode StatusOf(string? code) => code switch
    {
        "AccessDenied" => HttpStatusCode.Forbidden,
        "InternalError" => HttpStatusCode.InternalServerError,
        "SlowDown" => HttpStatusCode.ServiceUnavailable,
        _ => HttpStatusCode.BadRequest,
    };
}
