using Amazon.Runtime;
using Amazon.S3;
using Bucket;

const string Usage = """
    Publishes a model to a bucket, fetches it, updates it, and copies it to a folder.

    usage: Bucket [<bucket>]

    Without MODELPERSISTENCE_S3_ENDPOINT the bucket is looked for in Amazon S3, with the credentials that the AWS SDK finds. With it, as
    eng/servers.sh sets it, the bucket (default: models) is made there. What is published lies under a prefix of its own and is deleted again.
    """;

var endpoint = Environment.GetEnvironmentVariable("MODELPERSISTENCE_S3_ENDPOINT");
if (args is ["--help" or "-h"] || args.Length > 1 || (args.Length == 0 && endpoint is null))
{
    Console.WriteLine(Usage);
    return args is ["--help" or "-h"] ? 0 : 2;
}

var bucket = args.FirstOrDefault("models");
if (endpoint is not null)
{
    using AmazonS3Client admin = new(LoopbackCredentials(), new AmazonS3Config
    {
        ServiceURL = endpoint,
        ForcePathStyle = true,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });
    await admin.PutBucketAsync(bucket);
}

await new BucketDemo(options =>
{
    options.BucketName = bucket;
    options.Prefix = $"modelpersistence-demo-{Guid.NewGuid():n}/";
    if (endpoint is not null)
    {
        options.ServiceUrl = endpoint;
        options.ForcePathStyle = true;
        options.Credentials = LoopbackCredentials();
    }
}).RunAsync();
return 0;

static BasicAWSCredentials LoopbackCredentials() => new(
    Environment.GetEnvironmentVariable("MODELPERSISTENCE_S3_KEY") ?? "key", Environment.GetEnvironmentVariable("MODELPERSISTENCE_S3_SECRET") ?? "secret");
