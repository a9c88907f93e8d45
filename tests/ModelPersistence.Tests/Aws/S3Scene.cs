using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Aws;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

/// <summary>A bucket of the test's own on a real server, and stores over it.</summary>
internal sealed class S3Scene : IAsyncDisposable
{
    public const string Prefix = "prod/";

    private readonly RealServer _server;
    private readonly List<IDisposable> _stores = [];

    private S3Scene(RealServer server)
    {
        _server = server;
        Client = new AmazonS3Client(
            new BasicAWSCredentials(server.Key, server.Secret),
            new AmazonS3Config
            {
                ServiceURL = server.Endpoint.ToString(),
                AuthenticationRegion = "us-east-1",
                ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
    }

    public string Bucket { get; } = $"test-{Guid.NewGuid():n}";

    /// <summary>Another client, to see what is really there.</summary>
    public AmazonS3Client Client { get; }

    public Uri Endpoint => _server.Endpoint;

    public static async Task<S3Scene> StartAsync(string server = RealServer.Ceph)
    {
        S3Scene scene = new(RealServer.Require(server));
        await scene.Client.PutBucketAsync(scene.Bucket);
        return scene;
    }

    public void Describe(S3Options options)
    {
        (options.BucketName, options.Prefix, options.ServiceUrl, options.ForcePathStyle) = (Bucket, Prefix, Endpoint.ToString(), true);
        options.Credentials = new BasicAWSCredentials(_server.Key, _server.Secret);
    }

    /// <summary>The credentials of a user who may do what the bucket's policy says and nothing else.</summary>
    public AWSCredentials Guest => new BasicAWSCredentials(_server.GuestKey, _server.Secret);

    public IWritableObjectStore Store(Action<S3Options>? configure = null)
    {
        S3Options options = new();
        Describe(options);
        configure?.Invoke(options);
        Assert.That(S3OptionsValidator.Faults(options), Is.Empty);
        var repository = (ObjectRepository)S3ProviderFactory.Create("S3", options, new ServiceCollection().BuildServiceProvider());
        _stores.Add(repository);
        return (IWritableObjectStore)repository.Store;
    }

    public async Task<IReadOnlyList<string>> KeysAsync()
    {
        List<string> keys = [];
        await foreach (var entry in Client.Paginators.ListObjectsV2(new() { BucketName = Bucket }).S3Objects)
        {
            keys.Add(entry.Key);
        }

        return keys;
    }

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(static store => store.Dispose());
        foreach (var keys in (await KeysAsync()).Chunk(1000))
        {
            await Client.DeleteObjectsAsync(new() { BucketName = Bucket, Objects = [.. keys.Select(static key => new Amazon.S3.Model.KeyVersion { Key = key })] });
        }

        await Client.DeleteBucketAsync(Bucket);
        Client.Dispose();
    }
}
