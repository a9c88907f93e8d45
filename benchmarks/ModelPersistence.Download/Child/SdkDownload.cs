using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;

namespace ModelPersistence.Download.Child;

/// <summary>The peer: AWSSDK.S3, with its defaults but for the address and, where asked, the check of checksums.</summary>
internal sealed class SdkDownload : IDisposable
{
    private readonly ChildOptions _options;
    private readonly AmazonS3Client _client;

    public SdkDownload(ChildOptions options) => (_options, _client) = (options, CreateClient(options));

    private string File => Path.Combine(_options.Target, Path.GetFileName(_options.Key));

    public static AmazonS3Client CreateClient(ChildOptions options)
    {
        var config = new AmazonS3Config { ServiceURL = options.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" };
        if (!options.Checksums)
        {
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }

        return new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }

    /// <summary>One GetObject, written to a file.</summary>
    public async Task GetObjectAsync()
    {
        Directory.CreateDirectory(_options.Target);
        using var response = await _client.GetObjectAsync(new GetObjectRequest { BucketName = _options.Bucket, Key = _options.Key });
        await response.WriteResponseStreamToFileAsync(File, append: false, CancellationToken.None);
        Flush();
    }

    public Task RangesAsync() => InPiecesAsync(MultipartDownloadType.RANGE);

    public Task PartsAsync() => InPiecesAsync(MultipartDownloadType.PART);

    /// <summary>TransferUtility.DownloadAsync: one stream.</summary>
    public async Task PlainAsync()
    {
        using var utility = new TransferUtility(_client);
        await utility.DownloadAsync(File, _options.Bucket, _options.Key);
        Flush();
    }

    /// <summary>TransferUtility.DownloadDirectoryAsync.</summary>
    public async Task DirectoryAsync()
    {
        using var utility = new TransferUtility(_client);
        await utility.DownloadDirectoryAsync(_options.Bucket, _options.Prefix, _options.Target);
        Flush();
    }

    /// <summary>Its newer form, with the files at once.</summary>
    public async Task DirectoryWithResponseAsync()
    {
        using var utility = new TransferUtility(_client);
        await utility.DownloadDirectoryWithResponseAsync(new TransferUtilityDownloadDirectoryRequest
        {
            BucketName = _options.Bucket,
            S3Directory = _options.Prefix,
            LocalDirectory = _options.Target,
            DownloadFilesConcurrently = true,
        });
        Flush();
    }

    public void Dispose() => _client.Dispose();

    private async Task InPiecesAsync(MultipartDownloadType type)
    {
        using var utility = new TransferUtility(_client);
        await utility.DownloadWithResponseAsync(new TransferUtilityDownloadRequest
        {
            BucketName = _options.Bucket,
            Key = _options.Key,
            FilePath = File,
            MultipartDownloadType = type,
        });
        Flush();
    }

    private void Flush()
    {
        if (!_options.Flush)
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(_options.Target, "*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }
    }
}
