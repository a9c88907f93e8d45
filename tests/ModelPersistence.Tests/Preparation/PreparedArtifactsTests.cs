using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(120_000)]
public class PreparedArtifactsTests
{
    private PreparationScene _scene = null!;
    private LocalModel _model = null!;

    [SetUp]
    public void SetUp()
    {
        _scene = new PreparationScene();
        _model = _scene.Save(TestModels.MatMul());
    }

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task What_was_prepared_is_found_by_the_next_process(CancellationToken cancellationToken)
    {
        var made = await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        using var next = new PreparationScene(_scene.Root);
        var found = await next.FindAsync(ArtifactKind.Portable, cancellationToken);
        using var all = Assert.EnterMultipleScope();
        Assert.That(found!.Folder, Is.EqualTo(made.Folder));
        Assert.That(found.Digest, Is.EqualTo(made.Digest));
        Assert.That(found.Trust, Is.EqualTo(TrustBasis.Hashed));
        Assert.That(found.Initializers.Single().Shape, Is.EqualTo(new long[] { 64, 64 }));
    }

    [Test]
    public async Task Once_recorded_it_is_trusted_without_hashing(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        await _scene.Preparer.Recorded.WaitAsync(cancellationToken);
        using var next = new PreparationScene(_scene.Root);
        Assert.That((await next.FindAsync(ArtifactKind.Portable, cancellationToken))!.Trust, Is.EqualTo(TrustBasis.Record));
    }

    [Test]
    public async Task On_a_shared_volume_without_a_key_each_host_hashes_once_and_then_trusts_its_own_record(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        await _scene.Preparer.Recorded.WaitAsync(cancellationToken);
        using var all = Assert.EnterMultipleScope();
        Assert.That(await FindOnAsync("one host"), Is.EqualTo(TrustBasis.Hashed));
        Assert.That(await FindOnAsync("one host"), Is.EqualTo(TrustBasis.Record));
        Assert.That(await FindOnAsync("another host"), Is.EqualTo(TrustBasis.Hashed));

        async Task<TrustBasis?> FindOnAsync(string host)
        {
            var volume = new StoreFolder(_scene.Store.Root, "volume", TimeProvider.System, StoreFolderKind.Shared);
            var cache = new StoreFolder(Path.Combine(_scene.Root, host), "cache", TimeProvider.System, StoreFolderKind.Cache);
            var artifacts = new PreparedArtifacts([], [volume], cache, TimeProvider.System, NullLogger<PreparedArtifacts>.Instance);
            return (await artifacts.FindAsync(ArtifactKind.Portable, PreparationScene.Digest, SessionSettings.Default, cancellationToken))?.Trust;
        }
    }

    [Test]
    public async Task Another_kind_is_another_artifact(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        Assert.That(await _scene.FindAsync(ArtifactKind.Packed, cancellationToken), Is.Null);
    }

    [TestCase("model.weights")]
    [TestCase("model.onnx")]
    public async Task A_flipped_byte_is_never_used_and_the_artifact_is_made_again(string file, CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder =>
        {
            var path = Path.Combine(folder, file);
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, bytes);
        }, cancellationToken);

    [TestCase("model.weights")]
    [TestCase("model.onnx")]
    [TestCase("prepared.json")]
    public async Task A_truncated_file_is_never_used_and_the_artifact_is_made_again(string file, CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder =>
        {
            using var stream = File.OpenWrite(Path.Combine(folder, file));
            stream.SetLength(stream.Length - 1);
        }, cancellationToken);

    [TestCase("model.weights")]
    [TestCase("model.onnx")]
    [TestCase("prepared.json")]
    public async Task A_missing_file_is_noticed_and_the_artifact_is_made_again(string file, CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder => File.Delete(Path.Combine(folder, file)), cancellationToken);

    [Test]
    public async Task A_link_in_the_place_of_a_file_is_never_followed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder =>
        {
            var weights = Path.Combine(folder, "model.weights");
            File.Move(weights, Path.Combine(_scene.Root, "elsewhere"));
            File.CreateSymbolicLink(weights, Path.Combine(_scene.Root, "elsewhere"));
        }, cancellationToken);

    [Test]
    public async Task A_document_that_leads_out_of_its_folder_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder =>
        {
            File.Copy(Path.Combine(folder, "model.weights"), Path.Combine(_scene.Store.Prepared, "x"));
            Forge(folder, static document => document with
            {
                Weights = "../x",
                Files = [.. document.Files.Select(static file => file.Path == "model.weights" ? file with { Path = "../x" } : file)],
            });
        }, cancellationToken);

    [Test]
    public async Task A_document_whose_ranges_leave_the_file_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder => Forge(folder, static document => document with
        {
            Initializers = [.. document.Initializers.Select(static tensor => tensor with { Range = tensor.Range with { Offset = 1 << 30 } })],
        }), cancellationToken);

    [Test]
    public async Task A_document_of_another_key_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder => Forge(folder, static document => document with { Key = document.Key + "x" }), cancellationToken);

    [Test]
    public async Task A_document_of_another_kind_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder => Forge(folder, static document => document with { Kind = ArtifactKind.Packed }), cancellationToken);

    [Test]
    public async Task A_document_that_opens_a_file_it_does_not_hash_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder => Forge(folder, static document => document with { Files = [.. document.Files.Where(static file => file.Path != "model.onnx")] }), cancellationToken);

    [Test]
    public async Task A_document_changed_by_hand_is_never_believed(CancellationToken cancellationToken) =>
        await AssertRebuiltAsync(folder =>
        {
            var path = Path.Combine(folder, "prepared.json");
            File.WriteAllText(path, File.ReadAllText(path).Replace("cats", "dogs", StringComparison.Ordinal));
        }, cancellationToken);

    [Test]
    public async Task Another_runtime_processor_or_hook_does_not_see_the_artifact(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        await _scene.PrepareAsync(ArtifactKind.Packed, _model, cancellationToken);
        using var otherRuntime = new PreparationScene(_scene.Root, runtime: "build 0");
        using var otherCpu = new PreparationScene(_scene.Root, cpu: "other");
        using var otherHook = new PreparationScene(_scene.Root) { Settings = SessionSettings.Default with { Hook = new SessionHook("mine", "2", static _ => { }) } };
        using var all = Assert.EnterMultipleScope();
        Assert.That(await otherRuntime.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Null);
        Assert.That(await otherCpu.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Not.Null);
        Assert.That(await otherCpu.FindAsync(ArtifactKind.Packed, cancellationToken), Is.Null);
        Assert.That(await otherHook.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Null);
    }

    [Test]
    public void Everything_that_changes_a_graph_changes_the_key()
    {
        var settings = SessionSettings.Default;
        ArtifactKey[] keys =
        [
            Key(ArtifactKind.Portable, settings),
            Key(ArtifactKind.Packed, settings),
            Key(ArtifactKind.Packed, settings, cpu: "b"),
            Key(ArtifactKind.Portable, settings, runtime: "b"),
            Key(ArtifactKind.Portable, settings, model: "b"),
            Key(ArtifactKind.Portable, settings with { Hook = new SessionHook("h", "1", static _ => { }) }),
            Key(ArtifactKind.Portable, settings with { Hook = new SessionHook("h", "2", static _ => { }) }),
            Key(ArtifactKind.Portable, settings with { ExecutionProviders = ["Cuda", "Cpu"] }),
            Key(ArtifactKind.Portable, settings with { SessionConfig = [new("a", "b")] }),
            Key(ArtifactKind.Portable, settings with { SessionConfig = [new("a", "b"), new("c", "d")] }),
            Key(ArtifactKind.Portable, settings with { SessionConfig = [new("a", "b;1:c=1:d")] }),
        ];
        using var all = Assert.EnterMultipleScope();
        Assert.That(keys.Select(static key => key.Name), Is.Unique);
        Assert.That(Key(ArtifactKind.Portable, settings, cpu: "b"), Is.EqualTo(keys[0]));
        Assert.That(Key(ArtifactKind.Packed, settings with { IntraOpThreads = 99 }), Is.EqualTo(keys[1]));
    }

    [Test]
    public async Task An_artifact_baked_into_a_read_only_folder_is_found(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        foreach (var (mode, trust) in new[] { (VerificationMode.Background, TrustBasis.Deferred), (VerificationMode.None, TrustBasis.Unverified), (VerificationMode.BeforeUse, TrustBasis.Hashed) })
        {
            using var host = new PreparationScene(baked: [new PreparedRoot(_scene.Store.Root, mode)]);
            var found = await host.FindAsync(ArtifactKind.Portable, cancellationToken);
            Assert.That(found?.Trust, Is.EqualTo(trust));
            Assert.That(host.FoldersInStore(), Is.Empty);
            await host.Artifacts.VerifyAsync(found!, cancellationToken);
        }
    }

    [Test]
    public async Task A_broken_baked_artifact_is_left_alone_and_not_used(CancellationToken cancellationToken)
    {
        var made = await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        var weights = Path.Combine(made.Folder, "model.weights");
        var bytes = File.ReadAllBytes(weights);
        bytes[0] ^= 1;
        File.WriteAllBytes(weights, bytes);
        using var strict = new PreparationScene(baked: [new PreparedRoot(_scene.Store.Root, VerificationMode.BeforeUse)]);
        using var late = new PreparationScene(baked: [new PreparedRoot(_scene.Store.Root, VerificationMode.Background)]);
        var deferred = await late.FindAsync(ArtifactKind.Portable, cancellationToken);
        using var all = Assert.EnterMultipleScope();
        Assert.That(await strict.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Null);
        Assert.That(File.Exists(weights));
        Assert.That(() => late.Artifacts.VerifyAsync(deferred!, cancellationToken), Throws.TypeOf<ModelIntegrityException>());
        Assert.That(await late.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Null);
    }

    [Test]
    public async Task A_baked_artifact_that_does_not_open_is_prepared_again_in_the_store(CancellationToken cancellationToken)
    {
        await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        using var host = new PreparationScene(baked: [new PreparedRoot(_scene.Store.Root, VerificationMode.None)]);
        host.Artifacts.Discard((await host.FindAsync(ArtifactKind.Portable, cancellationToken))!);
        var again = await host.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        Assert.That(again.Folder, Does.StartWith(host.Store.Prepared));
    }

    [Test]
    public async Task A_discarded_artifact_is_gone_and_what_has_it_mapped_goes_on(CancellationToken cancellationToken)
    {
        var made = await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        using var session = SessionOpener.Open("cats", made, _scene.Settings, Packing.None, spin: false);
        using var inputs = InputSynthesizer.Create("cats", session.Session, null);
        _scene.Artifacts.Discard(made);
        Assert.That(_scene.FoldersInStore(), Is.Empty);
        Assert.That(() => ModelRun.Run("cats", session.Session, inputs), Throws.Nothing);
    }

    [Test]
    public void The_document_survives_writing_and_reading()
    {
        PreparedDocument document = new()
        {
            Model = "ümläut:1.0.0",
            Kind = ArtifactKind.Packed,
            Form = ArtifactForm.ExternalWeights,
            Key = "a;b=\"c\"",
            Created = new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.Zero),
            Refused = [new Refusal(ArtifactForm.MappedOrt, "because")],
            OriginalMs = 1.5,
            PreparedMs = 0.25,
            Graph = "model.onnx",
            Weights = "model.weights",
            Files = [new ModelFile { Path = "model.onnx", Size = 3, Sha256 = Sha256Digest.Of("g"u8), Chunks = [new ModelChunk(3, Sha256Digest.Of("g"u8))] }, new ModelFile { Path = "model.weights", Size = 0, Sha256 = default, Chunks = [] }],
            Initializers = [new PreparedInitializer("t", 1, [2, 3], new ByteRange(64, 24)), new PreparedInitializer("scalar", 7, [], new ByteRange(0, 8))],
            Packed = [new ByteRange(128, 64)],
            Touch = [new ByteRange(0, 200)],
        };
        var read = PreparedJsonReader.TryRead(PreparedJson.Write(document));
        Assert.That(Encoding.UTF8.GetString(PreparedJson.Write(read!)), Is.EqualTo(Encoding.UTF8.GetString(PreparedJson.Write(document))));
    }

    [Test]
    public void Mutated_documents_are_refused_without_any_other_error()
    {
        var bytes = PreparedJson.Write(new PreparedDocument { Model = "m", Kind = ArtifactKind.Portable, Form = ArtifactForm.Original, Key = "k", Created = default });
        var random = new Random(3);
        for (var i = 0; i < 5_000; i++)
        {
            // Mutated in the body, and the digest set right again: what a clumsy tool could leave behind.
            var body = bytes[PreparedJson.BodyStart..];
            body[random.Next(body.Length)] = (byte)random.Next(256);
            byte[] forged = [.. Encoding.ASCII.GetBytes($"{{\"check\":\"{Sha256Digest.Of(body).Hex}\","), .. body];
            Assert.That(() => PreparedJsonReader.TryRead(forged), Throws.Nothing);
            forged[random.Next(forged.Length)] ^= 0x20;
            Assert.That(() => PreparedJsonReader.TryRead(forged), Throws.Nothing);
        }
    }

    private async Task AssertRebuiltAsync(Action<string> damage, CancellationToken cancellationToken)
    {
        var made = await _scene.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        damage(made.Folder);

        using var next = new PreparationScene(_scene.Root);
        Assert.That(await next.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Null);
        var again = await next.PrepareAsync(ArtifactKind.Portable, _model, cancellationToken);
        var (original, prepared) = next.RunBoth(_model, again, Packing.None);
        using var all = Assert.EnterMultipleScope();
        Assert.That(again.Folder, Is.EqualTo(made.Folder));
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
        Assert.That(next.FoldersInStore(), Is.EqualTo(new[] { again.Folder }));
    }

    /// <summary>Writes a changed document with a digest that fits: not damage but somebody's intent.</summary>
    private static void Forge(string folder, Func<PreparedDocument, PreparedDocument> change)
    {
        var path = Path.Combine(folder, "prepared.json");
        var document = PreparedJsonReader.TryRead(File.ReadAllBytes(path))!;
        File.WriteAllBytes(path, PreparedJson.Write(change(document)));
    }

    private static ArtifactKey Key(ArtifactKind kind, SessionSettings settings, string model = "a", string runtime = "a", string cpu = "a") =>
        ArtifactKey.Of(kind, Sha256Digest.Of(Encoding.ASCII.GetBytes(model)), settings, runtime, cpu);
}
