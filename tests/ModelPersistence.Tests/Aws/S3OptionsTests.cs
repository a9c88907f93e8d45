using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelPersistence.Aws;
using ModelPersistence.Configuration;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Aws;

[TestFixture]
[CancelAfter(60_000)]
internal sealed class S3OptionsTests
{
    [Test]
    public void A_bucket_is_all_that_must_be_named() => Assert.That(S3OptionsValidator.Faults(new S3Options { BucketName = "models" }), Is.Empty);

    [TestCase("BucketName", "")]
    [TestCase("BucketName", "models/prod")]
    [TestCase("Prefix", "/prod")]
    [TestCase("Prefix", "a/../b")]
    [TestCase("Prefix", "a//b")]
    [TestCase("Region", " ")]
    [TestCase("ServiceUrl", "minio:9000")]
    [TestCase("ServiceUrl", "https://user:password@minio")]
    [TestCase("MaxErrorRetry", "-1")]
    [TestCase("MaxErrorRetry", "21")]
    [TestCase("MaxConnections", "0")]
    [TestCase("AttemptTimeout", "0:00:00")]
    [TestCase("AttemptTimeout", "50.0:00:00")]
    [TestCase("CustomerKey", "c2hvcnQ=")]
    [TestCase("MultipartThreshold", "0")]
    [TestCase("PartSize", "1000")]
    [TestCase("MaxUploadStreams", "0")]
    [TestCase("RequestChecksumCalculation", "7")]
    [TestCase("ResponseChecksumValidation", "7")]
    public void A_wrong_setting_is_named(string setting, string value)
    {
        var faults = new S3ProviderFactory().Validate(Described(("BucketName", "models"), (setting, value))).ToList();
        Assert.That(faults, Has.Count.EqualTo(1).And.All.StartsWith($"Settings:{setting}: "));
        Assert.That(faults[0], Does.Not.Contain("password").And.Not.Contain("c2hvcnQ"));
    }

    [TestCase("Buckets", "models")]
    [TestCase("MaxErrorRetry", "many")]
    [TestCase("RequestChecksumCalculation", "SOMETIMES")]
    public void A_setting_that_cannot_be_read_is_named(string setting, string value) =>
        Assert.That(new S3ProviderFactory().Validate(Described(("BucketName", "models"), (setting, value))), Has.Some.Contains(setting));

    [Test]
    public async Task A_wrong_setting_in_configuration_stops_the_start_and_says_where()
    {
        using TemporaryFolder folder = new();
        await using TestHost host = new(folder["cache"], static models => models.AddS3(), configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Providers:0:Type"] = "S3",
            ["ModelManagement:Providers:0:Settings:PartSize"] = "1",
        });
        Assert.That(
            async () => await host.StartAsync(),
            Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("Providers:0").And.Message.Contains("Settings:BucketName").And.Message.Contains("Settings:PartSize"));
    }

    [Test]
    public async Task A_wrong_setting_in_code_stops_the_start_and_says_where()
    {
        using TemporaryFolder folder = new();
        await using TestHost host = new(folder["cache"], static models => models.AddS3("eu", static o => o.Prefix = "/"));
        Assert.That(async () => await host.StartAsync(), Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("'eu': BucketName").And.Message.Contains("'eu': Prefix"));
    }

    [Test]
    public async Task Without_a_client_of_its_own_a_provider_takes_the_one_that_is_meant_for_it(CancellationToken cancellationToken)
    {
        await using var s3 = await LoopbackS3.StartAsync();
        s3.Put("k", [1]);
        using var client = new AmazonS3Client(new BasicAWSCredentials("key", "secret"), new AmazonS3Config { ServiceURL = s3.Address.ToString(), ForcePathStyle = true });
        using var wrong = new AmazonS3Client(new BasicAWSCredentials("key", "secret"), new AmazonS3Config { ServiceURL = "http://127.0.0.1:9", MaxErrorRetry = 0 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Reads(static options => { }, (null, client)), Is.True, "the only one registered");
            Assert.That(await Reads(static options => { }, ("eu", client), (null, wrong)), Is.True, "the one with its name");
            Assert.That(await Reads(options => options.Client = _ => client, ("eu", wrong), (null, wrong)), Is.True, "the one that was given");
            Assert.That(
                await Reads(options => (options.ServiceUrl, options.ForcePathStyle, options.Credentials) = (s3.Address.ToString(), true, new BasicAWSCredentials("key", "secret")), (null, wrong)),
                Is.True,
                "one of its own, since it says where");
        }

        async Task<bool> Reads(Action<S3Options> configure, params (string? Key, IAmazonS3 Client)[] registered)
        {
            ServiceCollection services = new();
            foreach (var (key, registration) in registered)
            {
                _ = key is null ? services.AddSingleton(registration) : services.AddKeyedSingleton(key, registration);
            }

            S3Options options = new() { BucketName = LoopbackS3.Bucket };
            configure(options);
            using var repository = (ObjectRepository)S3ProviderFactory.Create("eu", options, services.BuildServiceProvider());
            return await repository.Store.ReadAsync("k", 10, cancellationToken) is not null;
        }
    }

    private static ProviderOptions Described(params (string Key, string Value)[] settings)
    {
        ProviderOptions options = new() { Type = "S3" };
        foreach (var (key, value) in settings)
        {
            options.Settings[key] = value;
        }

        return options;
    }
}
