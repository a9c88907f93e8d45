using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using ModelPersistence.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>A prefix of a bucket as an object store: writes and listings by the SDK, reads by presigned requests over one HTTP client.</summary>
internal sealed class S3ObjectStore : IWritableObjectStore, IDisposable
{
    // A page may be empty, for example where versions were deleted; so many in a row are a server that has lost its way.
    private const int MaxEmptyPages = 100;

    private readonly S3Connection _connection;
    private readonly S3DocumentReader _sdkDocuments;
    private readonly S3Writer _writer;
    private readonly S3Eraser _eraser;
    private readonly HttpObjectReader? _reader;
    private readonly S3SdkReader _sdkReader;

    public S3ObjectStore(S3Connection connection)
    {
        var options = connection.Options;
        (_connection, _sdkDocuments, _sdkReader) = (connection, new S3DocumentReader(connection), new S3SdkReader(connection));
        (_writer, _eraser) = (new S3Writer(connection), new S3Eraser(connection));
        _reader = options is { UsePresignedRequests: true, CustomerKey: null, Credentials: not Amazon.Runtime.AnonymousAWSCredentials }
            ? new HttpObjectReader(
                connection.Place.Provider,
                connection.RangeHttp,
                new S3PresignedRequests(connection),
                new HttpReadOptions { AttemptTimeout = options.AttemptTimeout, AttemptTimeoutSetting = $"{nameof(S3Options)}.{nameof(S3Options.AttemptTimeout)}", ReadAttempts = options.MaxErrorRetry + 1 },
                connection.Time)
            : null;
    }

    public bool CanList => true;

    public ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken) =>
        _reader?.ReadAsync(key, maxLength, cancellationToken) ?? ReadBySdkAsync(key, null, maxLength, cancellationToken);

    public ValueTask<StoredObject?> ReadIfChangedAsync(string key, StoredObject known, int maxLength, CancellationToken cancellationToken) =>
        _reader?.ReadIfChangedAsync(key, known, maxLength, cancellationToken) ?? ReadBySdkAsync(key, known, maxLength, cancellationToken);

    public ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
        length == 0 ? new(Stream.Null) : _reader?.OpenAsync(key, offset, length, cancellationToken) ?? _sdkReader.OpenAsync(key, offset, length, cancellationToken);

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = _connection.Place;
        string? next = null;
        for (var empty = 0; ;)
        {
            var from = next;
            var answer = await _connection.CallAsync(
                S3Action.ListBucket,
                prefix,
                (client, token) => client.ListObjectsV2Async(
                    new ListObjectsV2Request { BucketName = place.Bucket, Prefix = place.Full(prefix), Delimiter = recursive ? null : "/", ContinuationToken = from }, token),
                isAnswer: null,
                limit: null,
                cancellationToken).ConfigureAwait(false);
            var page = answer.Value!;

            // A key that is a prefix itself is what some tools leave to show a folder.
            foreach (var entry in (page.S3Objects ?? []).Where(entry => entry.Key.Length > place.Full(prefix).Length && entry.Key.StartsWith(place.Prefix, StringComparison.Ordinal)))
            {
                yield return new ObjectEntry(entry.Key[place.Prefix.Length..], entry.Size ?? 0);
            }

            foreach (var folder in (page.CommonPrefixes ?? []).Where(folder => folder.StartsWith(place.Prefix, StringComparison.Ordinal)))
            {
                yield return new ObjectEntry(folder[place.Prefix.Length..], 0);
            }

            if (page.IsTruncated != true)
            {
                yield break;
            }

            empty = (page.KeyCount ?? 0) == 0 ? empty + 1 : 0;
            next = page.NextContinuationToken;
            if (string.IsNullOrEmpty(next) || next == from || empty >= MaxEmptyPages)
            {
                throw new ModelStorageException(
                    place.Provider,
                    $"The listing of '{place.Full(prefix)}' in bucket '{place.Bucket}' by provider '{place.Provider}' does not go on: the server promises further pages and does not give them. Check ServiceUrl and the store.",
                    isTransient: false);
            }
        }
    }

    public ValueTask<string?> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken) =>
        _writer.TryWriteAsync(key, content, condition, cancellationToken);

    public Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken) => _writer.UploadAsync(key, content, cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => _eraser.DeleteAsync(keys, cancellationToken);

    public void Dispose() => _connection.Dispose();

    private async ValueTask<StoredObject?> ReadBySdkAsync(string key, StoredObject? known, int maxLength, CancellationToken cancellationToken)
    {
        var answer = await _connection.CallAsync(
            S3Action.GetObject,
            key,
            (client, token) => _sdkDocuments.ReadAsync(client, key, known?.ETag, maxLength, token),
            error => error.IsMissingObject || error.Status == HttpStatusCode.RequestedRangeNotSatisfiable || (error.Status == HttpStatusCode.NotModified && known is not null),
            limit: null,
            cancellationToken).ConfigureAwait(false);
        if (answer.Error is { Status: HttpStatusCode.NotModified })
        {
            return known;
        }

        // Of an empty object there is no range.
        return answer.Error is { IsMissingObject: false } && await _connection.HeadAsync(key, cancellationToken).ConfigureAwait(false) is { } empty
            ? new StoredObject(ReadOnlyMemory<byte>.Empty, empty.ETag ?? "")
            : answer.Value;
    }
}
