using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.DependencyInjection;
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
    private readonly TemporaryFolder _folder = new();
    private S3Scene _scene = null!;

    [SetUp]
    public async Task FillAsync()
    {
        _scene = await S3Scene.StartAsync();
        Directory.CreateDirectory(_folder["tree"]);
        Directory.CreateDirectory(_folder["one"]);
        TestModels.Add(1).Save(_folder["one/model.onnx"]);
        await using (var host = new TestHost(_folder["publisher"], models => models.AddSharedVolume(_folder["tree"])))
        {
            await host.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("1.0.0"), new PublishOptions { Aliases = ["stable"] });
        }

        foreach (var file in Directory.EnumerateFiles(_folder["tree"], "*", SearchOption.AllDirectories))
        {
            var key = S3Scene.Prefix + Path.GetRelativePath(_folder["tree"], file).Replace(Path.DirectorySeparatorChar, '/');
            await _scene.Client.PutObjectAsync(new PutObjectRequest { BucketName = _scene.Bucket, Key = key, FilePath = file });
        }
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
        await using TestHost host = new(_folder["cache"], models => models.AddS3(_scene.Describe));
        using var lease = await host.Models.GetAsync(reference);
        Assert.That(Run(lease), Is.EqualTo(1));
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
        await using TestHost host = new(_folder["cache"], models => models.AddS3(options =>
        {
            _scene.Describe(options);
            options.Credentials = new Amazon.Runtime.BasicAWSCredentials("nobody", "nothing");
        }));
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
            await using TestHost host = new(_folder[$"cache-{start}"], models => models.AddS3(options =>
            {
                _scene.Describe(options);
                options.ServiceUrl = proxy.Address.ToString();
            }));
            using var lease = await host.Models.GetAsync("add:stable");
            Assert.That(Run(lease), Is.EqualTo(1));
        }

        Assert.That(proxy.Faults, Has.Count.GreaterThan(3));
    }

    private static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }
}
