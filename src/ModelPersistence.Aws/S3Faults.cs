using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using ModelPersistence.Models;

namespace ModelPersistence.Aws;

/// <summary>The one place that knows what S3's refusals mean and what mends them. No message holds a signature, a key or an address with a query.</summary>
internal static class S3Faults
{
    private const int MaxShown = 200;

    private static readonly string[] ThrottlingCodes =
        ["SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequests", "TooManyRequestsException", "BandwidthLimitExceeded", "RequestThrottled"];

    /// <summary>What an answer of S3 means.</summary>
    /// <param name="place">Where.</param>
    /// <param name="action">What was asked.</param>
    /// <param name="key">Of which object, or which prefix for a listing; null where none is meant.</param>
    /// <param name="error">The answer.</param>
    /// <param name="now">This host's clock, to say how far it is off.</param>
    /// <param name="cause">The exception behind, if there is one.</param>
    public static ModelStorageException Explain(S3Place place, S3Action action, string? key, S3Error error, DateTimeOffset now, Exception? cause = null)
    {
        var isThrottled = ThrottlingCodes.Contains(error.Code, StringComparer.Ordinal) || error.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
        var isTransient = isThrottled || error.Code is "InternalError" or "RequestTimeout" or "RequestTimeoutException" || error.IsConditionConflict
            || (error.Status >= HttpStatusCode.InternalServerError && error.Status != HttpStatusCode.NotImplemented);
        return new ModelStorageException(place.Provider, $"{What(place, action, key)}: {Meaning(place, action, error, now, isThrottled, isTransient)}", isTransient, cause)
        {
            IsThrottled = isThrottled,
            IsMissing = error.IsMissingObject,
            RetryAfter = error.RetryAfter,
        };
    }

    /// <summary>What it means that no answer of S3 came.</summary>
    public static ModelStorageException Explain(S3Place place, S3Action action, string? key, Exception exception, TimeSpan attemptTimeout)
    {
        var (meaning, isTransient) = Meaning(place, exception, attemptTimeout);
        return new ModelStorageException(place.Provider, $"{What(place, action, key)}: {meaning}", isTransient, exception);
    }

    /// <summary>A web page, or anything else that S3 does not say.</summary>
    public static ModelStorageException NotS3(S3Place place, S3Action action, string? key, Exception? cause = null) =>
        new(place.Provider, $"{What(place, action, key)}: {NotS3Meaning(place)}", isTransient: false, cause);

    private static string What(S3Place place, S3Action action, string? key)
    {
        var verb = action switch
        {
            S3Action.GetObject => "read",
            S3Action.ListBucket => "list",
            S3Action.PutObject => "write",
            _ => "delete",
        };
        var what = key is { Length: > 0 } ? $" '{Printable(place.Full(key))}' in" : "";
        return $"Provider '{place.Provider}' could not {verb}{what} bucket '{Printable(place.Bucket)}'";
    }

    private static string Meaning(S3Place place, S3Action action, S3Error error, DateTimeOffset now, bool isThrottled, bool isTransient) => error switch
    {
        { IsMissingBucket: true } => $"there is no such bucket at {place.Address}. Check BucketName, Region and ServiceUrl, or create the bucket.",
        { IsMissingObject: true } => "there is no such object. It was deleted, or its version is incomplete: publish the version again.",
        { IsClockSkew: true } => $"the clocks of this host and of the server differ{By(error.Date, now)}. Set this host's clock, best by NTP.",
        { IsExpiredCredentials: true } => $"the credentials have expired ({Printable(error.Code)}), and asking for new ones did not help. Renew the session or token they come from.",
        { Code: "InvalidAccessKeyId" } => $"the access key is not known at {place.Address}. Check the credentials that the SDK's chain finds (environment, profile, role), and ServiceUrl.",
        { Code: "SignatureDoesNotMatch" or "InvalidSignatureException" } =>
            "the signature is wrong: the secret does not belong to the access key, or a proxy changes requests on the way. Check the credentials, Region and ServiceUrl.",
        { Status: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect }
            or { Code: "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "AuthorizationQueryParametersError" or "IllegalLocationConstraintException" } =>
            error.Region is { } region
                ? $"the bucket is in the region {Printable(region)}. Set Region to {Printable(region)}."
                : "the bucket is in another region. Set Region to the bucket's own, and check ServiceUrl.",
        { Status: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => $"access is denied ({Shown(error)}). {Permission(place, action)}",
        { Code: "MethodNotAllowed" or "NotImplemented" } => $"the server does not offer this ({Shown(error)}). Check ServiceUrl and what the store supports.",
        { Status: HttpStatusCode.OK } => NotS3Meaning(place),
        _ when isThrottled => "S3 asks for fewer requests (throttled). Lower ModelManagement:MaxDownloadStreams or S3Options.MaxUploadStreams, or spread models over prefixes.",
        _ when isTransient => $"the server failed ({Shown(error)}). It is worth another try later.",
        _ => $"it answered {Shown(error)}. Check the settings of the provider.",
    };

    private static (string Meaning, bool IsTransient) Meaning(S3Place place, Exception exception, TimeSpan attemptTimeout)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case TimeoutException or OperationCanceledException:
                    return ($"no answer within {attemptTimeout.TotalSeconds:0.###} s. Check the network to {place.Address}, or raise AttemptTimeout.", true);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return ($"the host name of {place.Address} is not known. Check ServiceUrl, Region and name resolution.", false);
                case SocketException { SocketErrorCode: SocketError.TryAgain }:
                    return ($"the host name of {place.Address} could not be resolved just now. Check name resolution.", true);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return ($"the connection was refused. Check that {place.Address} is the right address and that the server runs.", true);
                case SocketException socket:
                    return ($"the connection failed ({socket.SocketErrorCode}). Check the network to {place.Address}.", true);
                case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }:
                    return ($"the host name of {place.Address} is not known. Check ServiceUrl, Region and name resolution.", false);
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return ($"the secure connection to {place.Address} was refused. Check that its certificate is trusted on this host.", false);
                case AmazonUnmarshallingException or System.Xml.XmlException:
                    return (NotS3Meaning(place), false);
                default:
                    break;
            }
        }

        return exception switch
        {
            HttpRequestException or IOException => ($"the connection to {place.Address} broke. Check the network.", true),
            AmazonClientException when exception.Message.Contains("RegionEndpoint", StringComparison.Ordinal) => ("no region is known. Set Region, or AWS_REGION.", false),
            AmazonClientException when exception.Message.Contains("redential", StringComparison.Ordinal) =>
                ("no credentials were found. Give the host a role, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or set Credentials.", false),
            _ => ($"the SDK failed ({exception.GetType().Name}: {Printable(FirstLine(exception.Message))}). Check the settings of the provider.", false),
        };
    }

    private static string NotS3Meaning(S3Place place) =>
        $"{place.Address} answered with something that S3 does not say, such as a web page. Check ServiceUrl, and whether a proxy or a sign-in page stands between.";

    private static string Permission(S3Place place, S3Action action)
    {
        var objects = $"arn:aws:s3:::{place.Bucket}/{place.Prefix}*";
        return action switch
        {
            S3Action.GetObject => $"Allow s3:GetObject on {objects}, and s3:ListBucket on the bucket: without the latter S3 denies even what is only missing. With KMS keys, kms:Decrypt as well. Where a policy forbids presigned requests, set UsePresignedRequests to false.",
            S3Action.ListBucket => $"Allow s3:ListBucket on arn:aws:s3:::{place.Bucket}.",
            S3Action.PutObject => $"Allow s3:PutObject, s3:GetObject and s3:AbortMultipartUpload on {objects}. With KMS keys, kms:GenerateDataKey and kms:Decrypt as well.",
            _ => $"Allow s3:DeleteObject on {objects}.",
        };
    }

    private static string By(DateTimeOffset? server, DateTimeOffset now) =>
        server is { } date && (date - now).Duration() is var difference && difference >= TimeSpan.FromMinutes(1) ? $" by {difference:d\\.hh\\:mm\\:ss}" : " too much";

    private static string Shown(S3Error error) =>
        string.Join(' ', new[] { ((int)error.Status).ToString(System.Globalization.CultureInfo.InvariantCulture), Printable(error.Code) }.Where(static part => part.Length > 0));

    private static string FirstLine(string text) => text.AsSpan().Trim().IndexOfAny('\r', '\n') is > 0 and var end ? text.Trim()[..end] : text;

    private static string Printable(string text)
    {
        var shown = text.Length > MaxShown ? text[..MaxShown] + "…" : text;
        return string.Concat(shown.Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
