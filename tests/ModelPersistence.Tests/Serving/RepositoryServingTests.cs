using ModelPersistence.Publishing;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>From a repository folder to a served model, as a host does it.</summary>
[CancelAfter(120_000)]
internal sealed class RepositoryServingTests
{
    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("1.1.0");

    private TemporaryFolder _folder = null!;

    private string Volume => _folder["volume"];

    [SetUp]
    public async Task Publish()
    {
        _folder = new TemporaryFolder();
        Directory.CreateDirectory(Volume);
        await using var host = new TestHost(_folder["publisher"], m => m.AddSharedVolume(Volume));
        Directory.CreateDirectory(_folder["one"]);
        Directory.CreateDirectory(_folder["two"]);
        TestModels.Add(1).Save(_folder["one/model.onnx"]);
        TestModels.Add(2).Save(_folder["two/model.onnx"]);
        await host.Repository.PublishAsync(_folder["one"], "add", One, new PublishOptions { Aliases = ["stable"] });
        await host.Repository.PublishAsync(_folder["two"], "add", Two);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("add", 2)]
    [TestCase("add:latest", 2)]
    [TestCase("add:stable", 1)]
    [TestCase("add:1.0.0", 1)]
    [TestCase("add:1.*", 2)]
    [TestCase("add:1.0.*", 1)]
    public async Task Versions_aliases_and_ranges_lead_to_their_model(string reference, float expected)
    {
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume));
        using var lease = await host.Models.GetAsync(reference);
        Assert.That(Run(lease), Is.EqualTo(expected));
    }

    [Test]
    public async Task References_to_one_version_share_its_session(CancellationToken token)
    {
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume));
        using var alias = await host.Models.GetAsync("add:stable", token);
        using var exact = await host.Models.GetAsync($"add:1.0.0@{alias.Digest}", token);
        Assert.That(exact.Session, Is.SameAs(alias.Session));
    }

    [TestCase("add:3.0.0", "1.0.0")]
    [TestCase("add:stabel", "stable")]
    [TestCase("nobody", "nobody")]
    public async Task What_is_not_there_is_not_found_and_the_message_says_what_is(string reference, string says)
    {
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume));
        Assert.That(async () => await host.Models.GetAsync(reference), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains(says));
    }

    [Test]
    public async Task A_digest_that_is_not_the_versions_is_refused()
    {
        var other = Sha256Digest.Of("something else"u8);
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume));
        Assert.That(
            async () => await host.Models.GetAsync($"add:1.0.0@{other}"),
            Throws.TypeOf<ModelIntegrityException>().With.Property(nameof(ModelIntegrityException.Expected)).EqualTo(other));
    }

    [Test]
    public async Task An_altered_file_is_never_served()
    {
        Flip(FileOf("1.0.0"));
        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume));
        var failure = Assert.ThrowsAsync<ModelIntegrityException>(async () => await host.Models.GetAsync("add:1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Message, Does.Contain("add").And.Contain("model.onnx"));
            Assert.That(failure.File, Is.EqualTo("model.onnx"));
            Assert.That(failure.Actual, Is.Not.EqualTo(failure.Expected));
        }
    }

    [Test]
    public async Task A_truncated_file_is_never_served()
    {
        using (var file = new FileStream(FileOf("1.0.0"), FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        await using var host = new TestHost(_folder["cache"], m => m.AddSharedVolume(Volume), o => o.AttributeCacheTimeout = TimeSpan.Zero);
        Assert.That(async () => await host.Models.GetAsync("add:1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("model.onnx"));
    }

    [Test]
    public async Task A_baked_in_model_is_served_at_once_and_withdrawn_when_its_hash_is_wrong(CancellationToken token)
    {
        Flip(FileOf("1.0.0"), fromEnd: 8);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddBakedIn(Volume).AddModel("add:1.0.0"));
        (await host.Models.GetAsync("add:1.0.0", token)).Dispose();
        await host.SettledAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Models.TryGet("add:1.0.0", out _), Is.False);
            Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Failed));
            Assert.That(host.Status.DegradedReasons, Has.Some.Contains("model.onnx"));
            Assert.That(async () => await host.Models.GetAsync("add:1.0.0", token), Throws.TypeOf<ModelIntegrityException>());
        }
    }

    [Test]
    public async Task Nothing_is_prepared_from_a_baked_in_file_whose_hash_is_wrong(CancellationToken token)
    {
        Flip(FileOf("1.0.0"), fromEnd: 8);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddBakedIn(Volume).AddModel("add:1.0.0"));
        await host.SettledAsync(token);
        Assert.That(Directory.Exists(_folder["cache/.prepared"]) ? Directory.GetFiles(_folder["cache/.prepared"], "*", SearchOption.AllDirectories) : [], Is.Empty);
    }

    [Test]
    public async Task A_second_host_maps_what_the_first_prepared_on_the_volume(CancellationToken token)
    {
        var model = SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB);
        await using (var first = await TestHost.StartedAsync(_folder["cache-1"], m => m.AddSharedVolume(Volume).AddModel("t")))
        {
            await first.Repository.PublishAsync(model, "t", One, cancellationToken: token);
            (await first.Models.GetAsync("t", token)).Dispose();
            await first.SettledAsync(token);
            Assert.That(first.Status.DegradedReasons, Is.Empty);
        }

        await using var second = new TestHost(_folder["cache-2"], m => m.AddSharedVolume(Volume).AddModel("t"));
        using var lease = await second.Models.GetAsync("t", token);
        Assert.That(lease.Tier, Is.EqualTo(SessionTier.Mapped));
    }

    [Test]
    public async Task Where_nothing_can_be_saved_the_baked_in_artifact_is_packed_in_memory(CancellationToken token)
    {
        var model = SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB);
        await using (var first = await TestHost.StartedAsync(_folder["cache-1"], m => m.AddSharedVolume(Volume).AddModel("t")))
        {
            await first.Repository.PublishAsync(model, "t", One, cancellationToken: token);
            (await first.Models.GetAsync("t", token)).Dispose();
            await first.SettledAsync(token);
        }

        // A file is where the cache's folder should be.
        await using var second = await TestHost.StartedAsync(Path.Combine(FileOf("1.0.0"), "cache"), m => m.AddBakedIn(Volume).AddModel("t"));
        await second.SettledAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Status.Models.Single().Tier, Is.EqualTo(SessionTier.Packed));
            Assert.That(second.Status.DegradedReasons, Has.Some.Contains("CachePath"));
        }
    }

    [Test]
    public async Task An_artifact_that_was_altered_is_made_anew_and_never_used(CancellationToken token)
    {
        var model = SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB);
        float expected;
        await using (var first = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("t", model)))
        {
            using var lease = await first.Models.GetAsync("t", token);
            expected = RunTransformer(lease);
            await first.SettledAsync(token);
        }

        foreach (var file in Directory.EnumerateFiles(_folder["cache/.prepared"], "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 100_000))
        {
            Flip(file);
        }

        await using var second = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("t", model));
        using (var lease = await second.Models.GetAsync("t", token))
        {
            Assert.That(lease.Tier, Is.EqualTo(SessionTier.Original));
            Assert.That(RunTransformer(lease), Is.EqualTo(expected).Within(1e-5));
        }

        await second.SettledAsync(token);
        await using var third = new TestHost(_folder["cache"], m => m.AddModelFile("t", model));
        using var mapped = await third.Models.GetAsync("t", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mapped.Tier, Is.EqualTo(SessionTier.Mapped));
            Assert.That(RunTransformer(mapped), Is.EqualTo(expected).Within(1e-5));
        }
    }

    [Test]
    public async Task A_bare_tree_is_read_where_it_is_allowed(CancellationToken token)
    {
        Directory.CreateDirectory(_folder["bare/add/7"]);
        TestModels.Add(7).Save(_folder["bare/add/7/model.onnx"]);
        await using var host = new TestHost(_folder["cache"], m => m.AddBakedIn(_folder["bare"], p => p.AllowUnmanifested = true));
        using var lease = await host.Models.GetAsync("add", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lease.Version, Is.EqualTo(ModelVersion.Parse("7.0.0")));
            Assert.That(Run(lease), Is.EqualTo(7f));
        }
    }

    private static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }

    private static float RunTransformer(ModelLease lease)
    {
        using var outputs = lease.Run(("input_ids", new long[] { 1, 2, 3, 4 }, [1, 4]), ("attention_mask", new long[] { 1, 1, 1, 1 }, [1, 4]));
        return outputs.Values<float>("logits")[0];
    }

    private static void Flip(string path, int fromEnd = 100)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = file.Length - fromEnd;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    private string FileOf(string version) =>
        Directory.EnumerateFiles(Path.Combine(Volume, "add", version), "model.onnx", SearchOption.AllDirectories).Single();
}
