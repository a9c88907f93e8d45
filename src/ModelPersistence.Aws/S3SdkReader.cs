using System.Collections.Concurrent;
using System.Net;
using Amazon.S3.Model;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>Ranges by the SDK's GetObject, where requests cannot be presigned: a policy forbids it, or a customer's key must go along as a header.</summary>
internal sealed class S3SdkReader(S3Connection connection)
{
    private const int MaxRemembered = 4096;

    private readonly ConcurrentDictionary<string, string> _tags = new(StringComparer.Ordinal);

    public async ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        var place = connection.Place;
        var tag = _tags.GetValueOrDefault(key);
        while (true)
        {
            var answer = await connection.CallAsync(
                S3Action.GetObject,
                key,
                (client, token) =>
                {
                    var request = connection.Get(key, new ByteRange(offset, offset + length - 1));
                    request.EtagToMatch = tag;
                    return client.GetObjectAsync(request, token);
                },
                error => error.Status == HttpStatusCode.RequestedRangeNotSatisfiable || (tag is not null && error.IsConditionFailed),
                limit: null,
                cancellationToken).ConfigureAwait(false);
            if (answer.Error is { IsConditionFailed: true })
            {
                // Somebody wrote the object. Whether its bytes are still the right ones is for their hashes to say.
                _tags.TryRemove(key, out _);
                tag = null;
                continue;
            }

            if (answer.Value is not { } response)
            {
                return Stream.Null;
            }

            try
            {
                if (response.HttpStatusCode != HttpStatusCode.PartialContent && offset > 0)
                {
                    throw new RangesNotSupportedException(
                        $"Provider '{place.Provider}' answered the request for a part of '{key}' with the whole object: it does not support ranges. The object can be read in one piece only; switch ranges on at the server or the proxy before it.");
                }

                if (response.Headers.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
                {
                    throw S3Faults.NotS3(place, S3Action.GetObject, key);
                }
            }
            catch
            {
                response.Dispose();
                throw;
            }

            if (_tags.Count >= MaxRemembered)
            {
                _tags.Clear();
            }

            _tags[key] = response.ETag;
            return new ResponseStream(response, length);
        }
    }
}
