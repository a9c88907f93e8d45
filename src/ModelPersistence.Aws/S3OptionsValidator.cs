using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace ModelPersistence.Aws;

/// <summary>Checks the options before anything is asked. Each message begins with the setting and says what it should be.</summary>
internal sealed class S3OptionsValidator : IValidateOptions<S3Options>
{
    private const long MinPart = 5L << 20;
    private const long MaxPart = 5L << 30;
    private const int CustomerKeyLength = 32;

    // No timer takes more than 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    public ValidateOptionsResult Validate(string? name, S3Options options)
    {
        var faults = Faults(options).Select(fault => $"S3 provider '{name}': {fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    public static IEnumerable<string> Faults(S3Options options)
    {
        if (string.IsNullOrWhiteSpace(options.BucketName))
        {
            yield return "BucketName: it is empty; name the bucket";
        }
        else if (options.BucketName.Contains('/') && !options.BucketName.StartsWith("arn:", StringComparison.Ordinal))
        {
            yield return $"BucketName: '{options.BucketName}' is not the name of a bucket; folders within it belong into Prefix";
        }

        if (options.Prefix.StartsWith('/') || options.Prefix.Contains("//", StringComparison.Ordinal) || options.Prefix.Contains('\\')
            || options.Prefix.Split('/').Any(static segment => segment is "." or ".."))
        {
            yield return $"Prefix: '{options.Prefix}' is not a folder in a bucket, for example prod/";
        }

        if (options.ServiceUrl is not null && !(Uri.TryCreate(options.ServiceUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0))
        {
            yield return "ServiceUrl: it is not an address such as https://minio.internal:9000 without user name and query";
        }

        if (options.Region is not null && options.Region.AsSpan().Trim().Length == 0)
        {
            yield return "Region: it is empty; name the bucket's region or leave the setting out";
        }

        if (!Enum.IsDefined(options.RequestChecksumCalculation))
        {
            yield return $"RequestChecksumCalculation: {options.RequestChecksumCalculation} is none of {string.Join(", ", Enum.GetNames<RequestChecksumCalculation>())}";
        }

        if (!Enum.IsDefined(options.ResponseChecksumValidation))
        {
            yield return $"ResponseChecksumValidation: {options.ResponseChecksumValidation} is none of {string.Join(", ", Enum.GetNames<ResponseChecksumValidation>())}";
        }

        if (options.MaxErrorRetry is < 0 or > 20)
        {
            yield return $"MaxErrorRetry: {options.MaxErrorRetry} is not between 0 and 20";
        }

        if (options.MaxConnections is < 1 or > 1024)
        {
            yield return $"MaxConnections: {options.MaxConnections} is not between 1 and 1024";
        }

        if (options.AttemptTimeout <= TimeSpan.Zero || options.AttemptTimeout > LongestTimer)
        {
            yield return $"AttemptTimeout: {options.AttemptTimeout} is not between a moment and {LongestTimer.TotalDays:0} days";
        }

        if (options.CustomerKey is not null && !IsKey(options.CustomerKey))
        {
            yield return $"CustomerKey: it is not base64 of {CustomerKeyLength} bytes";
        }

        if (options.MultipartThreshold < 1 || options.MultipartThreshold > MaxPart)
        {
            yield return $"MultipartThreshold: {options.MultipartThreshold} is not between 1 byte and 5 GiB";
        }

        if (options.PartSize is < MinPart or > MaxPart)
        {
            yield return $"PartSize: {options.PartSize} is not between 5 MiB and 5 GiB";
        }

        if (options.MaxUploadStreams is < 1 or > 64)
        {
            yield return $"MaxUploadStreams: {options.MaxUploadStreams} is not between 1 and 64";
        }
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == CustomerKeyLength;
    }
}
