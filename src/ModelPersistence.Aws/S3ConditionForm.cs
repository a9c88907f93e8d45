using Amazon.S3.Model;
using ModelPersistence.Models;

namespace ModelPersistence.Aws;

/// <summary>
/// How an entity tag is written in If-Match. S3 gives and takes it with quotes; older gateways compare the bare text, and so refuse every
/// tag. The bare form is taken only after the store showed that it keeps that condition too.
/// </summary>
internal sealed class S3ConditionForm(S3Connection connection)
{
    private const string Trial = ".probe/if-match-";

    private volatile bool _isBare;

    public string Of(string eTag) => _isBare ? eTag.Trim('"') : eTag;

    /// <summary>After a refused condition: whether the tag was right and only its form was not understood, which is then changed for good.</summary>
    public async ValueTask<bool> TrySwitchAsync(string key, string eTag, CancellationToken cancellationToken)
    {
        if (_isBare || !eTag.StartsWith('"') || (await connection.HeadAsync(key, cancellationToken).ConfigureAwait(false))?.ETag != eTag)
        {
            return false;
        }

        // A store that ignored the bare form would overwrite what others wrote. A wrong tag on an object of our own tells.
        var trial = Trial + Guid.NewGuid().ToString("n");
        try
        {
            if (await PutAsync(trial, ifMatch: null, cancellationToken).ConfigureAwait(false) is not { } written
                || await PutAsync(trial, "00000000000000000000000000000000", cancellationToken).ConfigureAwait(false) is not null
                || await PutAsync(trial, written.Trim('"'), cancellationToken).ConfigureAwait(false) is null)
            {
                return false;
            }
        }
        finally
        {
            await DeleteQuietlyAsync(trial).ConfigureAwait(false);
        }

        _isBare = true;
        S3Log.BareTags(connection.Logger, connection.Place.Provider);
        return true;
    }

    private async ValueTask DeleteQuietlyAsync(string key)
    {
        try
        {
            await new S3Eraser(connection).DeleteAsync([key], CancellationToken.None).ConfigureAwait(false);
        }
        catch (ModelStorageException)
        {
            // A byte that no reader looks at stays behind; the right to delete is not needed to publish.
        }
    }

    private async ValueTask<string?> PutAsync(string key, string? ifMatch, CancellationToken cancellationToken)
    {
        var answer = await connection.CallAsync(
            S3Action.PutObject,
            key,
            (client, token) => client.PutObjectAsync(
                new PutObjectRequest { BucketName = connection.Place.Bucket, Key = connection.Place.Full(key), ContentBody = "?", IfMatch = ifMatch }, token),
            static error => error.IsConditionFailed,
            limit: null,
            cancellationToken).ConfigureAwait(false);
        return answer.Value?.ETag;
    }
}
