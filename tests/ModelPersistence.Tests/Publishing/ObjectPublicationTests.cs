using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture]
[CancelAfter(60_000)]
public sealed class ObjectPublicationTests
{
    private ObjectScene _scene = null!;

    [SetUp]
    public void SetUp() => _scene = new ObjectScene();

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task A_folder_becomes_a_version_that_every_reader_can_check()
    {
        _scene.Write("model.onnx", "graph");
        _scene.Write("weights/part.bin", "weights");
        _scene.Write("empty.bin", "");
        _scene.Write(".gitattributes");
        var published = await _scene.PublishAsync("1.0.0", new PublishOptions { Metadata = new ModelMetadata { Dependencies = new Dictionary<string, string> { ["tokenizer"] = "1.0" } } });
        var document = (await _scene.ManifestAsync())!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(published.AlreadyPublished, Is.False);
            Assert.That(published.Repository, Is.EqualTo("bucket"));
            Assert.That(published.Digest, Is.EqualTo(document.Digest));
            Assert.That(document.Manifest.Metadata?.Dependencies?["tokenizer"], Is.EqualTo("1.0"));
            Assert.That(published.Aliases?.Aliases["latest"], Is.EqualTo(TestTree.Target("1.0.0")));
            Assert.That(
                _scene.Shapes(),
                Is.EqualTo(new[] { "m/1.0.0/manifest.json", "m/1.0.0/publish-*/empty.bin", "m/1.0.0/publish-*/model.onnx", "m/1.0.0/publish-*/weights/part.bin", "m/aliases.json" }));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
            Assert.That(await ReadAsync(document.Manifest, "weights/part.bin"), Is.EqualTo("weights"));
        }
    }

    [Test]
    public async Task A_file_of_many_chunks_arrives_whole()
    {
        var bytes = new byte[(9 << 20) + 17];
        new Random(1).NextBytes(bytes);
        _scene.Write("model.onnx", bytes);
        await _scene.PublishAsync("1.0.0");
        var file = (await _scene.ManifestAsync())!.Manifest.EntryFile;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Chunks, Has.Count.GreaterThan(3));
            Assert.That(_scene.Store.Get($"m/1.0.0/{file.StoredAt}")!.AsSpan().SequenceEqual(bytes), Is.True);
        }
    }

    [Test]
    public async Task Publishing_the_same_again_succeeds_and_finishes_the_aliases()
    {
        _scene.Write("model.onnx", "graph");
        var first = await _scene.PublishAsync("1.0.0", new PublishOptions { MoveLatest = false });
        var again = await _scene.PublishAsync("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Aliases, Is.Null);
            Assert.That(again.AlreadyPublished, Is.True);
            Assert.That(again.Digest, Is.EqualTo(first.Digest));
            Assert.That(again.Aliases!.Aliases["latest"], Is.EqualTo(TestTree.Target("1.0.0")));
            Assert.That(_scene.Store.CountOf(ObjectCallKind.Upload), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_version_never_changes()
    {
        _scene.Write("model.onnx", "graph");
        await _scene.PublishAsync("1.0.0");
        var before = _scene.Store.Keys;
        _scene.Write("model.onnx", "other");
        Assert.That(() => _scene.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("its 'model.onnx' has other content"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_scene.Store.Keys, Is.EqualTo(before));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
        }
    }

    [Test]
    public async Task A_publisher_that_loses_takes_its_files_back_and_touches_nothing_of_the_winner()
    {
        _scene.Write("model.onnx", "graph");
        using ObjectScene winner = new(_scene.Store);
        winner.Write("model.onnx", "winner");
        var loser = _scene.NewPublisher(step =>
        {
            if (step == PublishStep.Copied)
            {
                winner.PublishAsync("1.0.0").GetAwaiter().GetResult();
            }
        });
        Assert.That(() => loser.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("other content"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_scene.Shapes(), Is.EqualTo(new[] { "m/1.0.0/manifest.json", "m/1.0.0/publish-*/model.onnx", "m/aliases.json" }));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
            Assert.That((await _scene.ManifestAsync())!.Manifest.EntryFile.Sha256, Is.EqualTo(Sha256Digest.Of("winner"u8)));
        }
    }

    [Test]
    public void A_file_that_changes_while_it_is_published_is_refused()
    {
        var path = _scene.Write("model.onnx", "graph");
        var publisher = _scene.NewPublisher(step =>
        {
            if (step == PublishStep.CopyBegun)
            {
                File.WriteAllText(path, "grape");
            }
        });
        Assert.That(() => publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("changed while it was being published"));
        Assert.That(_scene.Store.Keys, Is.Empty);
    }

    [Test]
    public void A_file_that_changes_after_it_was_uploaded_is_refused()
    {
        var path = _scene.Write("model.onnx", "graph");
        _scene.Write("second.bin", "x");
        _scene.Store.Before = (call, _) =>
        {
            if (call.Kind == ObjectCallKind.Upload && call.Key.EndsWith("second.bin", StringComparison.Ordinal))
            {
                File.AppendAllText(path, "!");
            }

            return Task.CompletedTask;
        };
        Assert.That(() => _scene.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("changed while it was being published"));
        Assert.That(_scene.Store.Keys, Is.Empty);
    }

    [TestCase("CopyBegun")]
    [TestCase("Copied")]
    [TestCase("Described")]
    [TestCase("Visible")]
    [TestCase("AliasesWritten")]
    public async Task A_publisher_that_dies_leaves_nothing_visible_or_everything(string step)
    {
        var at = Enum.Parse<PublishStep>(step);
        _scene.Write("model.onnx", "graph");
        _scene.Write("weights.bin", "weights");
        var isDead = false;
        _scene.Store.Before = (_, _) => isDead ? throw new InvalidOperationException("dead") : Task.CompletedTask;
        var dying = _scene.NewPublisher(reached =>
        {
            isDead |= reached == at;
            if (isDead)
            {
                throw new InvalidOperationException("dies here");
            }
        });
        Assert.That(() => dying.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0")), Throws.InvalidOperationException);
        _scene.Store.Before = null;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _scene.Repository.ListVersionsAsync("m", default).ToListAsync(), Has.Count.EqualTo(at < PublishStep.Visible ? 0 : 1));
            Assert.That(await _scene.AliasesAsync(), at < PublishStep.AliasesWritten ? Is.Null : Is.Not.Null);
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
        }

        var again = await _scene.PublishAsync("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.AlreadyPublished, Is.EqualTo(at >= PublishStep.Visible));
            Assert.That(again.Aliases!.Revision, Is.EqualTo(1));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
        }
    }

    [TestCase("manifest.json")]
    [TestCase("model.onnx")]
    [TestCase("aliases.json")]
    public async Task A_write_whose_answer_is_lost_counts_once(string file)
    {
        _scene.Write("model.onnx", "graph");
        await _scene.PublishAsync("1.0.0");
        _scene.Write("model.onnx", "next");
        LoseAnswerOf(file);
        var published = await _scene.PublishAsync("2.0.0", new PublishOptions { Aliases = ["stable"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(published.AlreadyPublished, Is.False);
            Assert.That(published.Aliases!.Revision, Is.EqualTo(2));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
            Assert.That(_scene.Shapes().Count(static key => key.StartsWith("m/2.0.0/", StringComparison.Ordinal)), Is.EqualTo(2));
        }
    }

    [Test]
    public async Task While_nobody_knows_whether_the_manifest_was_written_its_files_stay()
    {
        _scene.Write("model.onnx", "graph");
        await _scene.PublishAsync("1.0.0");
        _scene.Write("model.onnx", "next");
        _scene.Store.Before = (call, _) =>
        {
            if (call is { Kind: ObjectCallKind.Write, Key: "m/2.0.0/manifest.json" })
            {
                _scene.Store.LoseAnswers();
                _scene.Store.Before = static (next, _) =>
                    next.Kind == ObjectCallKind.Delete ? Task.CompletedTask : throw new ModelStorageException("bucket", "the network is gone", isTransient: true);
            }

            return Task.CompletedTask;
        };
        Assert.That(() => _scene.PublishAsync("2.0.0"), Throws.TypeOf<ModelStorageException>().With.Property("IsTransient").True);
        _scene.Store.Before = null;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _scene.ManifestAsync("2.0.0"), Is.Not.Null);
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
            Assert.That((await _scene.PublishAsync("2.0.0")).AlreadyPublished, Is.True);
        }
    }

    [Test]
    public async Task A_store_that_falters_for_a_moment_is_asked_again()
    {
        _scene.Write("model.onnx", "graph");
        _scene.Store.FailNext(2, kind: ObjectCallKind.Write);
        _scene.Store.FailNext(2, kind: ObjectCallKind.Upload);
        await _scene.PublishAsync("1.0.0");
        Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
    }

    [Test]
    public void A_store_that_fails_for_good_is_left_clean()
    {
        _scene.Write("model.onnx", "graph");
        _scene.Write("weights.bin", "weights");
        _scene.Store.Before = static (call, _) =>
            call.Kind == ObjectCallKind.Upload && call.Key.EndsWith("weights.bin", StringComparison.Ordinal)
                ? throw new ModelStorageException("bucket", "denied", isTransient: false)
                : Task.CompletedTask;
        Assert.That(() => _scene.PublishAsync("1.0.0"), Throws.TypeOf<ModelStorageException>().With.Message.EqualTo("denied"));
        Assert.That(_scene.Store.Keys, Is.Empty);
    }

    [Test]
    public async Task Cancellation_leaves_nothing_behind()
    {
        _scene.Write("model.onnx", "graph");
        using CancellationTokenSource cancellation = new();
        var publisher = _scene.NewPublisher(_ => cancellation.Cancel());
        Assert.That(() => publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"), null, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_scene.Store.Keys.Where(static key => !key.StartsWith("m/1.0.0/publish-", StringComparison.Ordinal)), Is.Empty);
        await _scene.PublishAsync("1.0.0");
    }

    [Test]
    public void What_cannot_be_a_version_is_refused_before_the_store_is_asked()
    {
        _scene.Write("manifest.json");
        _scene.Write("a.onnx");
        Assert.That(() => _scene.PublishAsync("1.0.0"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'manifest.json' is reserved"));
        Assert.That(_scene.Store.Calls, Is.Empty);
    }

    [Test]
    public async Task The_repository_can_be_chosen_among_folders_and_object_stores()
    {
        _scene.Write("model.onnx");
        using TestTree tree = new();
        ModelRepository publisher = _scene.NewPublisher(null, tree.Provider("volume", acceptsPublishing: true), tree.Provider("read-only"));
        var byDefault = await publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"));
        var chosen = await publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"), new PublishOptions { Repository = "bucket" });
        using (Assert.EnterMultipleScope())
        {
            Assert.That((byDefault.Repository, chosen.Repository), Is.EqualTo(("volume", "bucket")));
            Assert.That(
                () => publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"), new PublishOptions { Repository = "read-only" }),
                Throws.ArgumentException.With.Message.Contains("These do: 'volume', 'bucket'"));
        }
    }

    private void LoseAnswerOf(string file)
    {
        var isLost = false;
        _scene.Store.Before = (call, _) =>
        {
            if (!isLost && call.Kind is ObjectCallKind.Write or ObjectCallKind.Upload && call.Key.EndsWith(file, StringComparison.Ordinal))
            {
                isLost = true;
                _scene.Store.LoseAnswers();
            }

            return Task.CompletedTask;
        };
    }

    private async Task<string> ReadAsync(ModelManifest manifest, string path)
    {
        var file = manifest.Files.First(file => file.Path == path);
        using StreamReader reader = new(await _scene.Repository.OpenReadAsync(manifest, file, 0, file.Size, default));
        return await reader.ReadToEndAsync();
    }
}
