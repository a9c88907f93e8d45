using Amazon.Runtime;
using Amazon.S3;

namespace ModelPersistence.Aws;

/// <summary>Where a repository in S3 is and how it is asked. Validated when the host starts.</summary>
/// <remarks>
/// The defaults suit Amazon S3. In configuration the same names stand below <c>ModelManagement:Providers:N:Settings</c>. <see cref="Region"/>,
/// <see cref="ServiceUrl"/>, <see cref="ForcePathStyle"/>, the checksum settings, <see cref="MaxErrorRetry"/> and <see cref="MaxConnections"/> describe the
/// client that is created here; a client that the application supplies has its own.
/// </remarks>
public sealed class S3Options
{
    /// <summary>The bucket. Required. The ARN of an access point will do.</summary>
    public string BucketName { get; set; } = "";

    /// <summary>The folder of the repository within the bucket, for example <c>prod/</c>; empty for the whole bucket. Default empty.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// The bucket's region, for example <c>eu-central-1</c>. Default null: the SDK's own search (environment, profile, instance), or
    /// <c>us-east-1</c> where <see cref="ServiceUrl"/> is set.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>The address of another store that speaks S3, for example <c>https://minio.internal:9000</c>. Default null: Amazon S3.</summary>
    public string? ServiceUrl { get; set; }

    /// <summary>Whether the bucket's name stands in the path instead of the host name, as many other stores need it. Default false.</summary>
    public bool ForcePathStyle { get; set; }

    /// <summary>
    /// Whether uploads carry a checksum besides their signature. Default <see cref="Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED"/>, which
    /// every store understands; <see cref="Amazon.Runtime.RequestChecksumCalculation.WHEN_SUPPORTED"/> has S3 keep one with each object.
    /// </summary>
    public RequestChecksumCalculation RequestChecksumCalculation { get; set; } = RequestChecksumCalculation.WHEN_REQUIRED;

    /// <summary>
    /// Whether the SDK checks a checksum of what it reads. Default <see cref="Amazon.Runtime.ResponseChecksumValidation.WHEN_REQUIRED"/>: every chunk
    /// is verified by its SHA-256 anyway, and a second checksum costs seconds of processor time a gigabyte.
    /// </summary>
    public ResponseChecksumValidation ResponseChecksumValidation { get; set; } = ResponseChecksumValidation.WHEN_REQUIRED;

    /// <summary>How often a request is repeated that was throttled or failed on the way, with growing, jittered pauses. Default 5; 0 to 20.</summary>
    public int MaxErrorRetry { get; set; } = 5;

    /// <summary>The most connections to the store at a time. Default 64; 1 to 1024.</summary>
    public int MaxConnections { get; set; } = 64;

    /// <summary>
    /// How long an attempt may go without progress: until the connection stands, until the next bytes of an upload are taken, until the
    /// answer begins, until a small document is read. Default 15 s. Stalled downloads are found by the transfer engine.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Whether objects are read by presigned requests, which is faster. False where a policy forbids query authentication:
    /// the SDK's GetObject then carries the bytes. Default true.
    /// </summary>
    public bool UsePresignedRequests { get; set; } = true;

    /// <summary>
    /// The key of server-side encryption with customer-provided keys (SSE-C), base64 of 32 bytes. Default null. With it the SDK's GetObject
    /// carries the bytes. Keep it in a secret store.
    /// </summary>
    public string? CustomerKey { get; set; }

    /// <summary>Files of at least so many bytes are uploaded in parts. Default 16 MiB.</summary>
    public long MultipartThreshold { get; set; } = 16 << 20;

    /// <summary>The length of a part in bytes. Default 16 MiB; 5 MiB to 5 GiB. Longer where a file would need more than 10,000 parts.</summary>
    public long PartSize { get; set; } = 16 << 20;

    /// <summary>How many parts of a file are uploaded at a time. Default 4; 1 to 64.</summary>
    public int MaxUploadStreams { get; set; } = 4;

    /// <summary>Signs with these instead of those that the SDK's chain finds, for example with those of an assumed role. The application owns them. Default null.</summary>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>
    /// Supplies a client of the application's own; called once, and the application disposes what it returns. Default null: the
    /// <see cref="IAmazonS3"/> registered under the provider's name as its key, else, where neither region, address nor credentials are set
    /// here, the one registered without a key, else one that is created.
    /// </summary>
    public Func<IServiceProvider, IAmazonS3>? Client { get; set; }

    /// <summary>Whether something here says which client is meant, so that one registered for other purposes is not taken.</summary>
    internal bool DescribesClient => Credentials is not null || Region is not null || ServiceUrl is not null;
}
