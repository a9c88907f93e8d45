using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;

namespace ModelPersistence.Aws;

/// <summary>A refusal of S3, the same whether the SDK met it or a presigned request.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Code">S3's code for it; empty where the answer had none.</param>
/// <param name="Message">S3's text.</param>
/// <param name="Region">The region that the answer names as the right one.</param>
/// <param name="Date">The server's clock.</param>
/// <param name="RetryAfter">How long the server asked to be left alone.</param>
internal sealed partial record S3Error(HttpStatusCode Status, string Code, string Message = "", string? Region = null, DateTimeOffset? Date = null, TimeSpan? RetryAfter = null)
{
    private const int MaxBody = 64 << 10;

    private static readonly string[] ExpiredCodes = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestExpired"];

    public bool IsMissingBucket => Code == "NoSuchBucket";

    /// <summary>Whether there is no such object. Without s3:ListBucket a missing object is denied instead.</summary>
    public bool IsMissingObject => Code == "NoSuchKey" || (Status == HttpStatusCode.NotFound && Code.Length == 0) || (Status == HttpStatusCode.NotFound && Code == "NotFound");

    public bool IsConditionFailed => Status == HttpStatusCode.PreconditionFailed || Code == "PreconditionFailed";

    public bool IsConditionConflict => Status == HttpStatusCode.Conflict && Code is "ConditionalRequestConflict" or "OperationAborted";

    public bool IsExpiredCredentials => ExpiredCodes.Contains(Code, StringComparer.Ordinal);

    /// <summary>Whether the clocks differ too much. A presigned request is then denied as one that has expired or is not valid yet.</summary>
    public bool IsClockSkew => Code is "RequestTimeTooSkewed" or "RequestInTheFuture"
        || (Code == "AccessDenied" && (Message.Contains("has expired", StringComparison.OrdinalIgnoreCase) || Message.Contains("not yet valid", StringComparison.OrdinalIgnoreCase)));

    /// <summary>What the SDK was told; null where it got no answer from S3.</summary>
    public static S3Error? From(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AmazonServiceException { StatusCode: not 0 } service)
            {
                var headers = HeadersOf(service);
                return new S3Error(
                    service.StatusCode,
                    service.ErrorCode ?? "",
                    service.Message,
                    headers("x-amz-bucket-region") ?? ExpectedRegion(service.Message),
                    DateTimeOffset.TryParse(headers("Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null,
                    int.TryParse(headers("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null);
            }
        }

        return null;
    }

    /// <summary>What a presigned request was told. A body that is not S3's leaves the code empty.</summary>
    public static async ValueTask<S3Error> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var root = await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
        return new S3Error(
            response.StatusCode,
            root?.Element("Code")?.Value ?? "",
            root?.Element("Message")?.Value ?? "",
            Filled(root?.Element("Region")?.Value)
                ?? (response.Headers.TryGetValues("x-amz-bucket-region", out var regions) ? regions.FirstOrDefault() : null)
                ?? ExpectedRegion(root?.Element("Message")?.Value),
            response.Headers.Date,
            response.Headers.RetryAfter?.Delta);
    }

    private static async ValueTask<XElement?> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (!IsXml(content.Headers.ContentType))
        {
            return null;
        }

        var buffer = new byte[MaxBody];
        var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            try
            {
                using var reader = XmlReader.Create(new MemoryStream(buffer, 0, length), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
                return XElement.Load(reader) is { Name.LocalName: "Error" } error ? error : null;
            }
            catch (XmlException)
            {
                return null;
            }
        }
    }

    private static bool IsXml(MediaTypeHeaderValue? type) => type?.MediaType is null or "application/xml" or "text/xml" or "binary/octet-stream";

    private static Func<string, string?> HeadersOf(AmazonServiceException exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is Amazon.Runtime.Internal.HttpErrorResponseException { Response: { } response })
            {
                return name => response.IsHeaderPresent(name) ? Filled(response.GetHeaderValue(name)) : null;
            }
        }

        return static _ => null;
    }

    // The only place where a signature for the wrong region is told the right one, if the header is not there.
    private static string? ExpectedRegion(string? message) =>
        message is not null && ExpectedRegionPattern().Match(message) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("expecting '([a-z0-9-]{1,40})'")]
    private static partial Regex ExpectedRegionPattern();

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
