using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Aws;
using ModelPersistence.Tests.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Publishing;

/// <summary>The guarantees of publishing on servers that others wrote.</summary>
[TestFixture(RealServer.Ceph)]
[TestFixture(RealServer.Moto)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(RealServer.Category)]
[CancelAfter(120_000)]
internal sealed class RealServerPublishingTests(string server)
{
    private readonly ObjectScene _sources = new();
    private S3Scene _scene = null!;

    [SetUp]
    public async Task StartAsync() => _scene = await S3Scene.StartAsync(server);

    [TearDown]
    public async Task StopAsync()
    {
        _sources.Dispose();
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }
    }

    [Test]
    public async Task A_version_is_published_described_and_deleted(CancellationToken cancellationToken)
    {
        var weights = new byte[(17 << 20) + 3];
        new Random(1).NextBytes(weights);
        _sources.Write("model.onnx", "graph");
        _sources.Write("data/weights.bin", weights);
        var (repository, publisher) = Connect();
        var published = await publisher.PublishAsync(_sources.Source, "m", TestTree.V("1.0.0"), null, cancellationToken);
        var again = await publisher.PublishAsync(_sources.Source, "m", TestTree.V("1.0.0"), null, cancellationToken);
        var manifest = (await repository.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken))!.Manifest;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((published.AlreadyPublished, again.AlreadyPublished), Is.EqualTo((false, true)));
            Assert.That(await HashAsync(repository, manifest, "data/weights.bin", cancellationToken), Is.EqualTo(Sha256Digest.Of(weights)));
            Assert.That(await publisher.ListVersionsAsync("m", null, cancellationToken).Select(static version => version.Version).ToListAsync(cancellationToken), Is.EqualTo(new[] { TestTree.V("1.0.0") }));
        }

        await publisher.DeleteAsync("m", TestTree.V("1.0.0"), new DeleteOptions { Force = true }, cancellationToken);
        Assert.That(await _scene.KeysAsync(), Is.EqualTo(new[] { "prod/m/aliases.json" }));
    }

    [Test]
    public async Task Of_publishers_of_one_version_one_wins_and_nothing_of_the_others_stays(CancellationToken cancellationToken)
    {
        _sources.Write("a/model.onnx", "a");
        _sources.Write("b/model.onnx", "b");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(async () =>
        {
            try
            {
                var published = await Connect().Publisher.PublishAsync(_sources.SourcePath(n % 2 == 0 ? "a" : "b"), "m", TestTree.V("1.0.0"), new PublishOptions { Aliases = [$"of-{n}"] }, cancellationToken);
                return published.AlreadyPublished ? "already" : "published";
            }
            catch (ModelIntegrityException)
            {
                return "refused";
            }
        }, cancellationToken)));
        var (repository, _) = Connect();
        var manifest = (await repository.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken))!.Manifest;
        var aliases = (await repository.GetAliasesAsync("m", cancellationToken))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcomes.Count(static outcome => outcome == "published"), Is.EqualTo(1));
            Assert.That(outcomes.Count(static outcome => outcome == "refused"), Is.EqualTo(3));
            Assert.That(await HashAsync(repository, manifest, "model.onnx", cancellationToken), Is.EqualTo(manifest.EntryFile.Sha256));
            Assert.That(aliases.Aliases.Keys, Is.EquivalentTo(outcomes.Select((outcome, n) => outcome == "refused" ? null : $"of-{n}").OfType<string>().Append("latest")));
            Assert.That((await _scene.KeysAsync()).Count, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task Answers_that_are_lost_on_the_wire_count_once(CancellationToken cancellationToken)
    {
        await using var proxy = await FaultProxy.StartAsync(_scene.Endpoint);
        HashSet<string> lost = [];
        proxy.Decide = (request, _) =>
            request.Method == "PUT" && request.Path.Value!.Contains("/m/", StringComparison.Ordinal) && lost.Add(request.Path.Value) ? new ProxyFault(ProxyFaultKind.LostAnswer) : null;
        ObjectRepository repository = new("S3", _scene.Store(options => options.ServiceUrl = proxy.Address.ToString()));
        _sources.Write("model.onnx", "graph");
        var published = await ObjectScene.Over([repository]).PublishAsync(_sources.Source, "m", TestTree.V("1.0.0"), null, cancellationToken);
        var manifest = (await repository.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken))!.Manifest;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lost, Has.Count.EqualTo(3), "The file, the manifest and the aliases.");
            Assert.That(published.AlreadyPublished, Is.False);
            Assert.That(published.Aliases!.Revision, Is.EqualTo(1));
            Assert.That(await HashAsync(repository, manifest, "model.onnx", cancellationToken), Is.EqualTo(manifest.EntryFile.Sha256));
            Assert.That((await _scene.KeysAsync()).Count, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task Of_alias_changes_at_once_none_is_lost(CancellationToken cancellationToken)
    {
        _sources.Write("model.onnx", "graph");
        await Connect().Publisher.PublishAsync(_sources.Source, "m", TestTree.V("1.0.0"), null, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => Connect(TimeProvider.System).Publisher.SetAliasAsync("m", $"a{n}", TestTree.V("1.0.0"), null, cancellationToken), cancellationToken)));
        var aliases = (await Connect().Repository.GetAliasesAsync("m", cancellationToken))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliases.Aliases, Has.Count.EqualTo(9));
            Assert.That(aliases.Revision, Is.EqualTo(9));
        }
    }

    [Test]
    public async Task A_version_is_copied_and_adopted_with_the_same_bytes(CancellationToken cancellationToken)
    {
        var weights = new byte[(9 << 20) + 3];
        new Random(2).NextBytes(weights);
        _sources.Write("model.onnx", weights);
        var published = await _sources.PublishAsync("1.0.0");
        var (repository, _) = Connect();
        var both = ObjectScene.Over([_sources.Repository, repository]);
        var copied = await both.CopyAsync(ModelReference.Parse("m:1.0.0"), "bucket", "S3", null, cancellationToken);
        await ((IWritableObjectStore)repository.Store).TryWriteAsync("m/2.0.0/model.onnx", weights, WriteCondition.None, cancellationToken);
        var adopted = await both.AdoptAsync("m", TestTree.V("2.0.0"), new PublishOptions { Repository = "S3" }, cancellationToken);
        var manifest = (await repository.GetManifestAsync("m", TestTree.V("2.0.0"), cancellationToken))!.Manifest;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied.Digest, Is.EqualTo(published.Digest));
            Assert.That(adopted.AlreadyPublished, Is.False);
            Assert.That(manifest.EntryFile.Sha256, Is.EqualTo(Sha256Digest.Of(weights)));
            Assert.That(await HashAsync(repository, (await repository.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken))!.Manifest, "model.onnx", cancellationToken), Is.EqualTo(Sha256Digest.Of(weights)));
        }
    }

    private (ObjectRepository Repository, ModelRepository Publisher) Connect(TimeProvider? time = null)
    {
        ObjectRepository repository = new("S3", _scene.Store());
        return (repository, ObjectScene.Over([repository], time: time));
    }

    private static async Task<Sha256Digest> HashAsync(ObjectRepository repository, ModelManifest manifest, string path, CancellationToken cancellationToken)
    {
        var file = manifest.Files.First(file => file.Path == path);
        await using var stream = await repository.OpenReadAsync(manifest, file, 0, file.Size, cancellationToken);
        return new Sha256Digest(await System.Security.Cryptography.SHA256.HashDataAsync(stream, cancellationToken));
    }
}
