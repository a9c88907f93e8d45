using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Endpoints;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;
using ModelPersistence.Http;
using ModelPersistence.Models;

namespace ModelPersistence.Aws;

/// <summary>The way to one bucket: the client, its credentials, the connections, and what a failed call means.</summary>
/// <remarks>Safe for concurrent use. The client is made when it is first needed, since finding region and credentials can ask the network.</remarks>
internal sealed class S3Connection(S3Place place, S3Options options, Func<IAmazonS3?> given, TimeProvider time, ILogger logger) : IDisposable
{
    // What the SDK waits between the attempts of one call, at most.
    private static readonly TimeSpan Pauses = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private HttpClient? _sdkHttp;
    private Task<IAmazonS3>? _creating;
    private volatile IAmazonS3? _client;
    private volatile bool _isOwn;

    public S3Place Place => place;

    public S3Options Options => options;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>For presigned requests, which <see cref="HttpObjectReader"/> watches.</summary>
    public HttpClient RangeHttp { get; } = HttpTransport.CreateClient(CreateHandler(options));

    /// <summary>Calls S3.</summary>
    /// <param name="action">What is asked.</param>
    /// <param name="key">Of which object or prefix, for messages.</param>
    /// <param name="call">The call.</param>
    /// <param name="isAnswer">Refusals that the caller knows what to do with; they come back as a value.</param>
    /// <param name="limit">How long the call may take with all repetitions; null for the time that a small one may. Not for uploads.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelStorageException">It failed otherwise.</exception>
    public async ValueTask<S3Answer<T>> CallAsync<T>(
        S3Action action, string? key, Func<IAmazonS3, CancellationToken, Task<T>> call, Func<S3Error, bool>? isAnswer, TimeSpan? limit, CancellationToken cancellationToken)
        where T : class
    {
        var wasRefreshed = false;
        while (true)
        {
            // The SDK asks for credentials without any limit, and its pauses between attempts are not ours.
            using var tooLate = new CancellationTokenSource(limit ?? (options.AttemptTimeout * (options.MaxErrorRetry + 1)) + Pauses, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
            try
            {
                var client = await ClientAsync(either.Token).ConfigureAwait(false);
                var running = call(client, either.Token);

                // Where the SDK does not listen, a read can be left behind. A write cannot: what follows must not meet it.
                running = action is S3Action.GetObject or S3Action.ListBucket ? running.WaitAsync(either.Token) : running;
                return new S3Answer<T>(await running.ConfigureAwait(false), null);
            }
            catch (Exception e) when (e is not ModelPersistenceException && !cancellationToken.IsCancellationRequested)
            {
                var error = S3Error.From(e);
                if (error is not null && isAnswer?.Invoke(error) == true)
                {
                    return new S3Answer<T>(null, error);
                }

                if (!wasRefreshed && error is { IsExpiredCredentials: true } && TryRefresh(error.Code))
                {
                    wasRefreshed = true;
                    continue;
                }

                throw error is null
                    ? S3Faults.Explain(place, action, key, e, options.AttemptTimeout)
                    : S3Faults.Explain(place, action, key, error, time.GetUtcNow(), e);
            }
        }
    }

    /// <summary>Makes the address of a signed request, which is good for a quarter of an hour.</summary>
    public async ValueTask<Uri> PresignAsync(string key, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(S3Action.GetObject, key, SignAsync, isAnswer: null, options.AttemptTimeout, cancellationToken).ConfigureAwait(false);
        return answer.Value!;

        async Task<Uri> SignAsync(IAmazonS3 client, CancellationToken token)
        {
            GetPreSignedUrlRequest request = new() { BucketName = place.Bucket, Key = place.Full(key), Verb = HttpVerb.GET };
            var endpoint = client.Config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(request)).URL;
            request.Protocol = endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? Protocol.HTTP : Protocol.HTTPS;

            // The SDK counts the seconds from the clock that it corrected for this endpoint.
            request.Expires = CorrectClockSkew.GetCorrectedUtcNowForEndpoint(endpoint).AddMinutes(15);
            return new Uri(await client.GetPreSignedURLAsync(request).ConfigureAwait(false));
        }
    }

    /// <summary>Drops the credentials at hand, so that the next request is signed with new ones.</summary>
    /// <returns>Whether a new try makes sense.</returns>
    public bool TryRefresh(string code)
    {
        S3Log.CredentialsExpired(logger, place.Provider, code);
        try
        {
            var credentials = options.Credentials ?? (_client?.Config as ClientConfig)?.DefaultAWSCredentials ?? (_isOwn ? DefaultAWSCredentialsIdentityResolver.GetCredentials() : null);
            (credentials as RefreshingAWSCredentials)?.ClearCredentials();
            return true;
        }
        catch (AmazonClientException)
        {
            return false;
        }
    }

    /// <summary>Has the SDK see the server's clock: it keeps the difference for the endpoint and signs by it from then on.</summary>
    /// <returns>Whether the server accepts a request that the SDK signed with it.</returns>
    public async ValueTask<bool> TryLearnClockAsync(string key, CancellationToken cancellationToken)
    {
        S3Log.ClockSkewed(logger, place.Provider);
        var answer = await CallAsync(S3Action.GetObject, key, ReadByteAsync, static error => error.IsClockSkew, limit: null, cancellationToken).ConfigureAwait(false);
        return answer.Error is null;

        async Task<object> ReadByteAsync(IAmazonS3 client, CancellationToken token)
        {
            using var response = await client.GetObjectAsync(Get(key, new ByteRange(0, 0)), token).ConfigureAwait(false);
            return place;
        }
    }

    /// <summary>The request for an object, with the customer's key where there is one.</summary>
    public GetObjectRequest Get(string key, ByteRange? range = null)
    {
        GetObjectRequest request = new() { BucketName = place.Bucket, Key = place.Full(key), ByteRange = range };
        if (options.CustomerKey is { } customerKey)
        {
            (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, customerKey);
        }

        return request;
    }

    /// <summary>What is known about an object without its bytes, or null when there is none.</summary>
    public async ValueTask<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        GetObjectMetadataRequest request = new() { BucketName = place.Bucket, Key = place.Full(key) };
        if (options.CustomerKey is { } customerKey)
        {
            (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, customerKey);
        }

        var answer = await CallAsync(
            S3Action.GetObject, key, (client, token) => client.GetObjectMetadataAsync(request, token), static error => error.IsMissingObject, limit: null, cancellationToken).ConfigureAwait(false);
        return answer.Value;
    }

    public void Dispose()
    {
        if (_isOwn)
        {
            _client?.Dispose();
        }

        _sdkHttp?.Dispose();
        RangeHttp.Dispose();
    }

    private async ValueTask<IAmazonS3> ClientAsync(CancellationToken cancellationToken)
    {
        if (_client is { } client)
        {
            return client;
        }

        Task<IAmazonS3> creating;
        lock (_gate)
        {
            // One search for all who wait, and a new one after it failed.
            creating = _creating is null or { IsFaulted: true } or { IsCanceled: true } ? _creating = Task.Run(Create, CancellationToken.None) : _creating;
        }

        return await creating.WaitAsync(options.AttemptTimeout, time, cancellationToken).ConfigureAwait(false);
    }

    private IAmazonS3 Create()
    {
        if (given() is { } client)
        {
            return _client = client;
        }

        _isOwn = true;
        _sdkHttp ??= HttpTransport.CreateClient(new AttemptHandler(CreateHandler(options), options.AttemptTimeout, time));
        AmazonS3Config config = new()
        {
            ForcePathStyle = options.ForcePathStyle,
            RequestChecksumCalculation = options.RequestChecksumCalculation,
            ResponseChecksumValidation = options.ResponseChecksumValidation,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = options.MaxErrorRetry,
            HttpClientFactory = new SharedHttpClient(_sdkHttp),
        };
        if (options.ServiceUrl is { } url)
        {
            (config.ServiceURL, config.AuthenticationRegion) = (url, options.Region ?? "us-east-1");
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        if (options.Credentials is { } credentials)
        {
            return _client = new AmazonS3Client(credentials, config);
        }

        // Asked for here, where the time it may take is bounded; a failure is not kept.
        DefaultAWSCredentialsIdentityResolver.GetCredentials(config);
        return _client = new AmazonS3Client(config);
    }

    private static SocketsHttpHandler CreateHandler(S3Options options)
    {
        var handler = HttpTransport.CreateHandler();
        handler.MaxConnectionsPerServer = options.MaxConnections;

        // A signature holds for one host; where the bucket lives elsewhere, the answer says so.
        handler.AllowAutoRedirect = false;
        return handler;
    }
}
