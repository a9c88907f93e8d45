using Amazon.S3;
using Amazon.S3.Model;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>Uploads a large object in parts, several at a time. It appears when the last step has succeeded, and not before.</summary>
internal sealed class S3MultipartUpload(S3Connection connection, string idKey)
{
    private const int MaxParts = 10_000;

    public async Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("n");
        var uploadId = await BeginAsync(key, id, cancellationToken).ConfigureAwait(false);
        try
        {
            var parts = await UploadPartsAsync(key, uploadId, content, cancellationToken).ConfigureAwait(false);
            await CompleteAsync(key, uploadId, id, parts, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(key, uploadId).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<string> BeginAsync(string key, string id, CancellationToken cancellationToken)
    {
        InitiateMultipartUploadRequest request = new() { BucketName = connection.Place.Bucket, Key = connection.Place.Full(key), ContentType = S3Content.TypeOf(key) };
        request.Metadata[idKey] = id;
        if (connection.Options.CustomerKey is { } customerKey)
        {
            (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, customerKey);
        }

        var answer = await connection.CallAsync(
            S3Action.PutObject, key, (client, token) => client.InitiateMultipartUploadAsync(request, token), isAnswer: null, limit: null, cancellationToken).ConfigureAwait(false);
        return answer.Value!.UploadId;
    }

    private async ValueTask<UploadPartResponse[]> UploadPartsAsync(string key, string uploadId, ObjectContent content, CancellationToken cancellationToken)
    {
        var size = Math.Max(connection.Options.PartSize, (content.Length + MaxParts - 1) / MaxParts);
        var parts = new UploadPartResponse[(content.Length + size - 1) / size];
        await Parallel.ForAsync(
            0,
            parts.Length,
            new ParallelOptions { MaxDegreeOfParallelism = connection.Options.MaxUploadStreams, CancellationToken = cancellationToken },
            async (index, stop) => parts[index] = await UploadPartAsync(key, uploadId, content, index, size, stop).ConfigureAwait(false)).ConfigureAwait(false);
        return parts;
    }

    private async ValueTask<UploadPartResponse> UploadPartAsync(string key, string uploadId, ObjectContent content, int index, long size, CancellationToken cancellationToken)
    {
        var offset = index * size;
        var length = Math.Min(size, content.Length - offset);
        var answer = await connection.CallAsync(
            S3Action.PutObject,
            key,
            async (client, token) =>
            {
                using ObjectContentStream stream = new(content, offset, length);
                UploadPartRequest request = new()
                {
                    BucketName = connection.Place.Bucket,
                    Key = connection.Place.Full(key),
                    UploadId = uploadId,
                    PartNumber = index + 1,
                    PartSize = length,
                    InputStream = stream,
                };
                if (connection.Options.CustomerKey is { } customerKey)
                {
                    (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, customerKey);
                }

                return await client.UploadPartAsync(request, token).ConfigureAwait(false);
            },
            isAnswer: null,
            Timeout.InfiniteTimeSpan,
            cancellationToken).ConfigureAwait(false);
        return answer.Value!;
    }

    private async ValueTask CompleteAsync(string key, string uploadId, string id, UploadPartResponse[] parts, CancellationToken cancellationToken)
    {
        CompleteMultipartUploadRequest request = new() { BucketName = connection.Place.Bucket, Key = connection.Place.Full(key), UploadId = uploadId };
        request.AddPartETags(parts);
        S3Answer<CompleteMultipartUploadResponse> answer;
        try
        {
            answer = await connection.CallAsync(
                S3Action.PutObject,
                key,
                (client, token) => client.CompleteMultipartUploadAsync(request, token),
                static error => error.Code == "NoSuchUpload",
                Timeout.InfiniteTimeSpan,
                cancellationToken).ConfigureAwait(false);
        }
        catch (ModelStorageException e) when (e.IsTransient)
        {
            if (await IsDoneAsync().ConfigureAwait(false))
            {
                return;
            }

            throw;
        }

        // The upload is gone: either the answer that completed it was lost, or someone cleared it up.
        if (answer.Error is { } error && !await IsDoneAsync().ConfigureAwait(false))
        {
            throw S3Faults.Explain(connection.Place, S3Action.PutObject, key, error, connection.Time.GetUtcNow());
        }

        async ValueTask<bool> IsDoneAsync() =>
            (await connection.HeadAsync(key, cancellationToken).ConfigureAwait(false))?.Metadata[idKey] == id;
    }

    private async ValueTask AbortAsync(string key, string uploadId)
    {
        try
        {
            // Also when the caller has given up: parts that stay are paid for.
            _ = await connection.CallAsync(
                S3Action.PutObject,
                key,
                (client, token) => client.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = connection.Place.Bucket, Key = connection.Place.Full(key), UploadId = uploadId }, token),
                static error => error.Code == "NoSuchUpload",
                connection.Options.AttemptTimeout,
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (ModelStorageException e)
        {
            S3Log.NotAborted(connection.Logger, connection.Place.Provider, key, e.Message);
        }
    }
}
