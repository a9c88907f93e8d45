using Amazon.S3;
using Amazon.S3.Model;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>Writes whole objects: small ones under a condition, large ones in parts.</summary>
internal sealed class S3Writer(S3Connection connection)
{
    // Tells our own write from another's when an answer was lost and its repetition found the condition broken.
    private const string WriteId = "modelpersistence-write";
    private const int MaxConflicts = 4;

    private readonly S3MultipartUpload _multipart = new(connection, WriteId);
    private readonly S3ConditionForm _form = new(connection);

    /// <summary>Writes if a condition holds.</summary>
    /// <returns>The new entity tag, or null when the condition did not hold.</returns>
    public async ValueTask<string?> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("n");
        for (var conflicts = 0; ;)
        {
            S3Answer<PutObjectResponse> answer;
            try
            {
                answer = await PutAsync(key, content, condition, id, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.IsTransient)
            {
                // Whether it was written is unknown, unless it can be seen.
                if (await FindOwnAsync(key, id, cancellationToken).ConfigureAwait(false) is { } tag)
                {
                    return tag;
                }

                throw;
            }

            if (answer.Value is { } written)
            {
                return written.ETag ?? "";
            }

            if (await FindOwnAsync(key, id, cancellationToken).ConfigureAwait(false) is { } own)
            {
                return own;
            }

            if (answer.Error is { IsConditionConflict: true } && ++conflicts < MaxConflicts)
            {
                // Another write of the object is under way; how it ended decides over ours.
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250 * conflicts)), connection.Time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (condition.Kind == WriteConditionKind.Unchanged && await _form.TrySwitchAsync(key, condition.ETag!, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            return null;
        }
    }

    public async Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        if (content.Length >= connection.Options.MultipartThreshold && content.Length > 0)
        {
            await _multipart.UploadAsync(key, content, cancellationToken).ConfigureAwait(false);
            return;
        }

        _ = await connection.CallAsync(
            S3Action.PutObject,
            key,
            async (client, token) =>
            {
                using ObjectContentStream stream = new(content, 0, content.Length);
                return await client.PutObjectAsync(Request(key, stream), token).ConfigureAwait(false);
            },
            isAnswer: null,
            Timeout.InfiniteTimeSpan,
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<S3Answer<PutObjectResponse>> PutAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, string id, CancellationToken cancellationToken) =>
        connection.CallAsync(
            S3Action.PutObject,
            key,
            async (client, token) =>
            {
                using MemoryStream stream = new(content.ToArray(), writable: false);
                var request = Request(key, stream);
                request.Metadata[WriteId] = id;
                switch (condition.Kind)
                {
                    case WriteConditionKind.Absent:
                        request.IfNoneMatch = "*";
                        break;
                    case WriteConditionKind.Unchanged:
                        request.IfMatch = _form.Of(condition.ETag!);
                        break;
                }

                return await client.PutObjectAsync(request, token).ConfigureAwait(false);
            },
            error => condition.Kind != WriteConditionKind.None
                && (error.IsConditionFailed || error.IsConditionConflict || (condition.Kind == WriteConditionKind.Unchanged && error.IsMissingObject)),
            limit: null,
            cancellationToken);

    /// <summary>The entity tag of the object if it is the one that was written under this id.</summary>
    private async ValueTask<string?> FindOwnAsync(string key, string id, CancellationToken cancellationToken)
    {
        var found = await connection.HeadAsync(key, cancellationToken).ConfigureAwait(false);
        return found?.Metadata[WriteId] == id ? found.ETag ?? "" : null;
    }

    private PutObjectRequest Request(string key, Stream stream)
    {
        PutObjectRequest request = new() { BucketName = connection.Place.Bucket, Key = connection.Place.Full(key), InputStream = stream, AutoCloseStream = false, ContentType = S3Content.TypeOf(key) };
        if (connection.Options.CustomerKey is { } customerKey)
        {
            (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, customerKey);
        }

        return request;
    }
}
