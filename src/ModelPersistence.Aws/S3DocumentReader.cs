using Amazon.S3;
using Amazon.S3.Model;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>Reads small objects whole. The SDK repeats a request that failed, but not one whose body broke off: that is done here.</summary>
internal sealed class S3DocumentReader(S3Connection connection)
{
    private const int BufferLength = 64 << 10;

    public async Task<StoredObject> ReadAsync(IAmazonS3 client, string key, string? knownTag, int maxLength, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            // As a range, of one byte more than is allowed: the SDK compares the body of a whole object with an entity tag that it takes for
            // an MD5, which not every store's is.
            var request = connection.Get(key, new ByteRange(0, maxLength));
            request.EtagToNotMatch = string.IsNullOrEmpty(knownTag) ? null : knownTag;
            using var response = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.Headers.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
            {
                throw S3Faults.NotS3(connection.Place, S3Action.GetObject, key);
            }

            try
            {
                return new StoredObject(await ReadBodyAsync(key, response, maxLength, cancellationToken).ConfigureAwait(false), response.ETag ?? "");
            }
            catch (Exception e) when (e is IOException or TimeoutException or HttpRequestException && attempt < connection.Options.MaxErrorRetry)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100 << Math.Min(attempt, 5))), connection.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(string key, GetObjectResponse response, int maxLength, CancellationToken cancellationToken)
    {
        if (response.ContentLength > maxLength)
        {
            throw TooLarge();
        }

        var timeout = connection.Options.AttemptTimeout;
        using var stalled = new CancellationTokenSource(timeout, connection.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, cancellationToken);
        using MemoryStream content = new((int)Math.Max(0, response.ContentLength));
        var buffer = new byte[BufferLength];
        try
        {
            for (int read; (read = await response.ResponseStream.ReadAsync(buffer, either.Token).ConfigureAwait(false)) > 0;)
            {
                stalled.CancelAfter(timeout);
                if (content.Length + read > maxLength)
                {
                    throw TooLarge();
                }

                content.Write(buffer, 0, read);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }

        return content.ToArray();

        ModelIntegrityException TooLarge() => new(
            $"'{connection.Place.Full(key)}' in bucket '{connection.Place.Bucket}' is refused: it has more than the {maxLength} bytes that are allowed. Publish the model again.")
        { File = key };
    }
}
