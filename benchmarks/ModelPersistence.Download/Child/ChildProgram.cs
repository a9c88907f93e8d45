using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Child;

/// <summary>What runs in a measured process. It says how long its transfer took: from its first request until the files are complete.</summary>
internal static class ChildProgram
{
    public static async Task<int> RunAsync(ChildOptions options)
    {
        await using var own = options.Way.StartsWith("own-", StringComparison.Ordinal) ? new OwnDownload(options) : null;
        using var sdk = options.Way.StartsWith("sdk-", StringComparison.Ordinal) ? new SdkDownload(options) : null;
        Func<Task> transfer = options.Way switch
        {
            "own-s3" or "own-http" => own!.FetchAsync,
            "sdk-get" => sdk!.GetObjectAsync,
            "sdk-range" => sdk!.RangesAsync,
            "sdk-part" => sdk!.PartsAsync,
            "sdk-plain" => sdk!.PlainAsync,
            "sdk-directory" => sdk!.DirectoryAsync,
            "sdk-directory-parallel" => sdk!.DirectoryWithResponseAsync,
            _ => throw new ArgumentException($"'{options.Way}' is no way to download."),
        };

        var begun = TimeProvider.System.GetTimestamp();
        await transfer();
        Announcement.Say(("transfer", TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds));
        return 0;
    }
}
