using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Aws;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

/// <summary>A host that knows nothing but a bucket serves the model in it.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(RealServer.Category)]
[CancelAfter(180_000)]
internal sealed class S3HostTests
{
    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("2.0.0");

    private readonly TemporaryFolder _folder = new();
    private S3Scene _scene = null!;

    [SetUp]
    public async Task FillAsync()
    {
        _scene = await S3Scene.StartAsync();
        foreach (var (name, value) in new[] { ("one", 1), ("two", 2) })
        {
            Directory.CreateDirectory(_folder[name]);
            TestModels.Add(value).Save(_folder[$"{name}/model.onnx"]);
        }

        await using var host = Host("publisher");
        await host.Repository.PublishAsync(_folder["one"], "add", One, new PublishOptions { Aliases = ["stable"] });
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }

        _folder.Dispose();
    }

    [TestCase("add")]
    [TestCase("add:stable")]
    [TestCase("add:1.*")]
    [TestCase("add:1.0.0")]
    public async Task A_model_is_served_from_a_bucket(string reference)
    {
        await using var host = Host("cache");
        using var lease = await host.Models.GetAsync(reference);
        Assert.That(Run(lease), Is.EqualTo(1));
    }

    [Test]
    public async Task An_alias_that_moved_in_the_bucket_is_followed_by_the_next_host()
    {
        await using var publisher = Host("publisher");
        await publisher.Repository.PublishAsync(_folder["two"], "add", Two);
        await publisher.Repository.SetAliasAsync("add", "stable", Two);
        await using var host = Host("cache");
        using var lease = await host.Models.GetAsync("add:stable");
        Assert.That(Run(lease), Is.EqualTo(2));
    }

    [Test]
    public async Task Of_two_publishers_of_one_version_one_wins_and_its_bytes_are_served()
    {
        await using TestHost first = Host("first"), second = Host("second");
        var both = await Task.WhenAll(Try(first, "one"), Try(second, "two"));
        Assert.That(both.Count(static succeeded => succeeded), Is.EqualTo(1));
        await using var host = Host("cache");
        using var lease = await host.Models.GetAsync("add:2.0.0");
        Assert.That(Run(lease), Is.EqualTo(both[0] ? 1 : 2));

        async Task<bool> Try(TestHost publisher, string folder)
        {
            try
            {
                await publisher.Repository.PublishAsync(_folder[folder], "add", Two);
                return true;
            }
            catch (ModelIntegrityException)
            {
                return false;
            }
        }
    }

    [Test]
    public async Task A_customers_key_encrypts_and_is_needed_to_read()
    {
        var key = Convert.ToBase64String(Enumerable.Range(1, 32).Select(static i => (byte)i).ToArray());
        await using (var publisher = Host("encrypting", options => (options.CustomerKey, options.Prefix) = (key, "secret/")))
        {
            await publisher.Repository.PublishAsync(_folder["one"], "add", One);
        }

        await using (var host = Host("cache", options => (options.CustomerKey, options.Prefix) = (key, "secret/")))
        {
            using var lease = await host.Models.GetAsync("add");
            Assert.That(Run(lease), Is.EqualTo(1));
        }

        await using var without = Host("other cache", static options => options.Prefix = "secret/");
        Assert.That(async () => await without.Models.GetAsync("add"), Throws.InstanceOf<ModelPersistenceException>());
    }

    [Test]
    public async Task Where_requests_may_not_be_presigned_the_SDK_reads()
    {
        await using var proxy = await FaultProxy.StartAsync(_scene.Endpoint);
        var presigned = 0;
        proxy.Decide = (request, _) =>
        {
            Interlocked.Add(ref presigned, request.Query.ContainsKey("X-Amz-Signature") ? 1 : 0);
            return null;
        };
        await using var host = Host("cache", options => (options.UsePresignedRequests, options.ServiceUrl) = (false, proxy.Address.ToString()));
        using var lease = await host.Models.GetAsync("add");
        Assert.That((Run(lease), presigned), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Configuration_alone_is_enough()
    {
        await using TestHost host = new(
            _folder["cache"],
            static models => models.AddS3(),
            services: services => services.AddKeyedSingleton<IAmazonS3>("S3", _scene.Client),
            configuration: new Dictionary<string, string?>
            {
                ["ModelManagement:Providers:0:Type"] = "S3",
                ["ModelManagement:Providers:0:Settings:BucketName"] = _scene.Bucket,
                ["ModelManagement:Providers:0:Settings:Prefix"] = S3Scene.Prefix,
            });
        using var lease = await host.Models.GetAsync("add");
        Assert.That(Run(lease), Is.EqualTo(1));
    }

    [Test]
    public async Task Wrong_credentials_are_named()
    {
        await using var host = Host("cache", static options => options.Credentials = new Amazon.Runtime.BasicAWSCredentials("nobody", "nothing"));
        Assert.That(async () => await host.Models.GetAsync("add"), Throws.InstanceOf<ModelPersistenceException>().With.Message.Contains("access key is not known"));
    }

    [Test]
    public async Task A_tenth_of_spoilt_answers_spoils_no_start()
    {
        await using var proxy = await FaultProxy.StartAsync(_scene.Endpoint);
        Random random = new(1);
        Lock gate = new();
        proxy.Decide = (request, _) =>
        {
            lock (gate)
            {
                if (random.NextDouble() >= 0.1)
                {
                    return null;
                }

                // A document has no hash that says which of its bytes is wrong, and a page in its place is no fault of the way.
                ProxyFaultKind[] kinds = request.Path.Value!.EndsWith(".json", StringComparison.Ordinal)
                    ? [ProxyFaultKind.Cut, ProxyFaultKind.SlowDown, ProxyFaultKind.Slow]
                    : [ProxyFaultKind.Cut, ProxyFaultKind.SlowDown, ProxyFaultKind.Slow, ProxyFaultKind.WrongByte, ProxyFaultKind.ChangedETag, ProxyFaultKind.WholeObject];
                return new ProxyFault(kinds[random.Next(kinds.Length)], random.Next(50));
            }
        };
        for (var start = 0; start < 25; start++)
        {
            await using var host = Host($"cache-{start}", options => options.ServiceUrl = proxy.Address.ToString());
            using var lease = await host.Models.GetAsync("add:stable");
            Assert.That(Run(lease), Is.EqualTo(1));
        }

        Assert.That(proxy.Faults, Has.Count.GreaterThan(3));
    }

    private TestHost Host(string cache, Action<S3Options>? configure = null) => new(_folder[cache], models => models.AddS3(options =>
    {
        _scene.Describe(options);
        configure?.Invoke(options);
    }));

    private static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }
}
