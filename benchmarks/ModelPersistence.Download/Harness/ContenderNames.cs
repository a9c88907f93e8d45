namespace ModelPersistence.Download.Harness;

/// <summary>What the tables call those who download.</summary>
internal static class ContenderNames
{
    public const string OursS3 = "ours by S3";
    public const string OursHttp = "ours by HTTP";
    public const string SdkGet = "AWSSDK GetObject to a file";
    public const string SdkRange = "TransferUtility RANGE";
    public const string SdkPart = "TransferUtility PART (its default)";
    public const string SdkRangeUnchecked = "TransferUtility RANGE, checksums only where required";
    public const string SdkPartUnchecked = "TransferUtility PART, checksums only where required";
    public const string SdkPlain = "TransferUtility.DownloadAsync";
    public const string SdkDirectory = "TransferUtility.DownloadDirectoryAsync";
    public const string SdkDirectoryParallel = "TransferUtility.DownloadDirectoryWithResponseAsync, files at once";
    public const string RcloneHttp = "rclone, from HTTP";
    public const string RcloneS3 = "rclone, from S3";
    public const string AwsCli = "aws s3 cp";
    public const string Curl = "curl, one stream";
    public const string Curls = "eight curls of ranges";

    /// <summary>One of ours without its hashes.</summary>
    public static string Unhashed(string ours) => $"{ours}, hashing left out";

    /// <summary>The modes of TransferUtility that download one object in pieces or whole.</summary>
    public static IReadOnlyList<string> TransferUtility { get; } = [SdkRange, SdkPart, SdkRangeUnchecked, SdkPartUnchecked, SdkPlain];
}
