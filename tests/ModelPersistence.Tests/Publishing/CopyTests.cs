using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Copies between folders and object stores, in every direction.</summary>
[TestFixture(false, false)]
[TestFixture(false, true)]
[TestFixture(true, false)]
[TestFixture(true, true)]
[CancelAfter(60_000)]
public sealed class CopyTests(bool fromFolder, bool toFolder)
{
    private static readonly ModelReference One = ModelReference.Parse("m:1.0.0");

    private TestTree _fromTree = null!;
    private TestTree _toTree = null!;
    private InMemoryObjectStore _fromStore = null!;
    private InMemoryObjectStore _toStore = null!;
    private FaultyStorageProvider _source = null!;
    private IStorageProvider _from = null!;
    private IStorageProvider _target = null!;
    private ObjectScene _scene = null!;
    private ModelRepository _repository = null!;
    private byte[] _weights = null!;
    private Sha256Digest _digest;

    [SetUp]
    public async Task SetUp()
    {
        (_scene, _fromTree, _toTree) = (new ObjectScene(), new TestTree(), new TestTree());
        (_fromStore, _toStore) = (new InMemoryObjectStore("eu"), new InMemoryObjectStore("us"));
        _from = fromFolder ? _fromTree.Provider("eu", acceptsPublishing: true) : new ObjectRepository("eu", _fromStore);
        _target = toFolder ? _toTree.Provider("us", acceptsPublishing: true) : new ObjectRepository("us", _toStore);
        _source = new FaultyStorageProvider(_from);
        _repository = Repository();
        _weights = new byte[(9 << 20) + 5];
        new Random(1).NextBytes(_weights);
        _scene.Write("model.onnx", "graph");
        _scene.Write("data/weights.bin", _weights);
        _scene.Write("empty.bin", "");
        _digest = (await ObjectScene.Over([_from]).PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"), new PublishOptions { Aliases = ["stable"] })).Digest;
    }

    [TearDown]
    public void TearDown()
    {
        _scene.Dispose();
        _fromTree.Dispose();
        _toTree.Dispose();
    }

    [Test]
    public async Task A_copy_has_the_same_digest_and_the_same_bytes()
    {
        var copied = await _repository.CopyAsync(ModelReference.Parse($"m:stable@{_digest}"), "eu", "us", new CopyOptions { CarryAliases = true, Aliases = ["imported"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied.Digest, Is.EqualTo(_digest));
            Assert.That((copied.Version, copied.Repository, copied.AlreadyThere), Is.EqualTo((TestTree.V("1.0.0"), "us", false)));
            Assert.That((copied.TransferredBytes, copied.ReusedBytes), Is.EqualTo((_weights.Length + 5L, 0L)));
            Assert.That(copied.Aliases!.Aliases.Keys, Is.EquivalentTo(new[] { "imported", "latest", "stable" }));
            await AssertWholeAsync();
        }
    }

    [Test]
    public async Task Copying_again_transfers_nothing_and_sets_the_aliases()
    {
        var first = await _repository.CopyAsync(One, "eu", "us");
        var read = _source.BytesRead;
        var again = await _repository.CopyAsync(One, "eu", "us", new CopyOptions { Aliases = ["stable"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Aliases, Is.Null);
            Assert.That((again.AlreadyThere, again.TransferredBytes), Is.EqualTo((true, 0L)));
            Assert.That(_source.BytesRead, Is.EqualTo(read));
            Assert.That(again.Aliases!.Aliases.Keys, Is.EqualTo(new[] { "stable" }));
        }
    }

    [Test]
    public async Task A_version_with_another_digest_at_the_target_is_not_overwritten()
    {
        _scene.Write("model.onnx", "other");
        var there = await ObjectScene.Over([_target]).PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"));
        Assert.That(
            () => _repository.CopyAsync(One, "eu", "us"),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains($"{there.Digest}").And.Message.Contains($"{_digest}").And.Message.Contains("A version never changes"));
        Assert.That((await _target.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Digest, Is.EqualTo(there.Digest));
    }

    [Test]
    public async Task Wrong_bytes_at_the_source_leave_nothing_visible_and_the_copy_goes_on_when_they_are_mended()
    {
        var path = SpoilWeights();
        Assert.That(
            () => _repository.CopyAsync(One, "eu", "us"),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'data/weights.bin'").And.Message.Contains("'eu'").And.Property("Expected").Not.Null.And.Property("Actual").Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _target.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.Null);
            Assert.That(await _target.ListVersionsAsync("m", default).ToListAsync(), Is.Empty);
        }

        Mend(path);
        await _repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task A_wrong_byte_that_passes_is_read_again()
    {
        _source.CorruptStreams(at: 3, times: 2);
        await _repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task Streams_that_break_off_are_continued()
    {
        _source.BreakStreams(afterBytes: 1000);
        _source.CutStreams(afterBytes: 2000);
        await _repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task A_copy_that_was_interrupted_sends_only_what_is_missing()
    {
        var path = SpoilWeights();
        _toStore.Before = async (call, token) =>
        {
            // The spoiled file comes last, so that it is clear what the interruption leaves behind.
            while (call.Kind == ObjectCallKind.Upload && call.Key.EndsWith("weights.bin", StringComparison.Ordinal) && !_toStore.Keys.Any(static key => key.EndsWith("model.onnx", StringComparison.Ordinal)))
            {
                token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        };
        Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>());
        Mend(path);
        var before = _source.BytesRead;
        var copied = await Repository().CopyAsync(One, "eu", "us");
        using (Assert.EnterMultipleScope())
        {
            // An object store keeps whole files, a folder also the chunks of those that were not whole.
            Assert.That(copied.ReusedBytes, toFolder ? Is.GreaterThan(1 << 20) : Is.EqualTo(5));
            Assert.That(copied.TransferredBytes, Is.EqualTo(_weights.Length + 5 - copied.ReusedBytes));
            Assert.That(_source.BytesRead - before, Is.EqualTo(copied.TransferredBytes).Within(toFolder ? 0 : 4 << 20));
        }

        await AssertWholeAsync();
    }

    [Test]
    public async Task A_copy_to_a_folder_takes_from_other_versions_there_what_they_share()
    {
        Assume.That(toFolder, Is.True);
        await _repository.CopyAsync(One, "eu", "us");
        _weights[^1] ^= 1;
        _scene.Write("data/weights.bin", _weights);
        await ObjectScene.Over([_from]).PublishAsync(_scene.Source, "m", TestTree.V("2.0.0"));
        var copied = await _repository.CopyAsync(ModelReference.Parse("m:2.0.0"), "eu", "us");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied.TransferredBytes, Is.LessThan(4 << 20));
            Assert.That(copied.TransferredBytes + copied.ReusedBytes, Is.EqualTo(_weights.Length + 5));
        }
    }

    [Test]
    public async Task Of_copies_at_once_all_succeed()
    {
        var copies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Repository().CopyAsync(One, "eu", "us"))));
        Assert.That(copies.Select(static copy => copy.Digest), Is.All.EqualTo(_digest));
        await AssertWholeAsync();
    }

    [Test]
    public void What_cannot_be_copied_is_told_before_anything_is_written()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _repository.CopyAsync(One, "eu", "none"), Throws.ArgumentException.With.Message.Contains("'us'"));
            Assert.That(() => _repository.CopyAsync(One, "none", "us"), Throws.ArgumentException.With.Message.Contains("'eu'"));
            Assert.That(() => _repository.CopyAsync(One, "us", "us"), Throws.ArgumentException.With.Message.Contains("both source and target"));
            Assert.That(() => _repository.CopyAsync(ModelReference.Parse("m:9.9.9"), "eu", "us"), Throws.TypeOf<ModelNotFoundException>());
            Assert.That(() => _repository.CopyAsync(ModelReference.Parse($"m:1.0.0@{Sha256Digest.Of("x"u8)}"), "eu", "us"), Throws.TypeOf<ModelIntegrityException>());
            Assert.That(() => _repository.CopyAsync(One, "eu", "us", new CopyOptions { Aliases = ["1.0"] }), Throws.ArgumentException);
            Assert.That(_toStore.Keys, Is.Empty);
            Assert.That(Directory.EnumerateFileSystemEntries(_toTree.Root), Is.Empty);
        }
    }

    [TestCase("{", "not valid JSON")]
    [TestCase("size", "adds up|sizes|allowed")]
    [TestCase("huge", "larger|bytes")]
    public async Task A_hostile_manifest_at_the_source_costs_a_clear_error_and_nothing_at_the_target(string kind, string because)
    {
        var json = (await _from.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Utf8Json.ToArray();
        var text = System.Text.Encoding.UTF8.GetString(json);
        var bad = kind switch
        {
            "size" => System.Text.Encoding.UTF8.GetBytes(text.Replace($"\"size\": {_weights.Length}", "\"size\": 9000000000000000000", StringComparison.Ordinal)),
            "huge" => new byte[(64 << 20) + 1],
            _ => "{"u8.ToArray(),
        };
        Put("m/1.0.0/manifest.json", bad);
        Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Matches(because));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_toStore.Keys, Is.Empty);
            Assert.That(await _target.ListModelsAsync(default).ToListAsync(), Is.Empty);
        }
    }

    [Test]
    public async Task A_digest_that_is_not_the_files_is_found_out()
    {
        var document = (await _from.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        var wrong = document.Manifest with
        {
            Files = [.. document.Manifest.Files.Select(static file => file.Path == "model.onnx" ? file with { Chunks = [new ModelChunk(5, Sha256Digest.Of("grape"u8))] } : file)],
        };
        Put("m/1.0.0/manifest.json", ManifestDocument.Create(wrong).Utf8Json.ToArray());
        Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'model.onnx'"));
        Assert.That(await _target.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.Null);
    }

    [Test]
    public async Task Files_that_lie_where_the_copy_goes_are_compared_before_they_are_trusted()
    {
        var manifest = (await _from.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest;
        var place = $"m/1.0.0/{manifest.EntryFile.StoredAt}";
        if (toFolder)
        {
            _toTree.Write(place, "grape");
            Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("adopt"));
            Assert.That(File.ReadAllText(_toTree[place]), Is.EqualTo("grape"));
            return;
        }

        // Same length, other bytes: under a name that anybody may write to, the hash decides.
        _toStore.Set(place, fromFolder ? "grape"u8.ToArray() : "longer than it must be"u8.ToArray());
        Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("there with other content").And.Message.Contains(place));
        Assert.That(_toStore.Keys, Is.EqualTo(new[] { place }), "Nothing is written, not even the claim stays.");
        _toStore.Set(place, "graph"u8.ToArray());
        var copied = await _repository.CopyAsync(One, "eu", "us");
        Assert.That(copied.ReusedBytes, Is.EqualTo(5));
        await AssertWholeAsync();
    }

    [Test]
    public async Task Copies_of_different_contents_of_one_version_do_not_mix()
    {
        Assume.That(toFolder, Is.False);
        using TestTree other = new();
        var second = other.Provider("asia", acceptsPublishing: true);
        _scene.Write("model.onnx", "grape");
        await ObjectScene.Over([second]).PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"));
        List<Exception> refusals = [];
        _toStore.Before = async (call, token) =>
        {
            if (call.Kind == ObjectCallKind.Upload && refusals.Count == 0)
            {
                try
                {
                    refusals.Add(null!);
                    await ObjectScene.Over([second, _target]).CopyAsync(One, "asia", "us", null, token);
                }
                catch (ModelIntegrityException e)
                {
                    refusals[0] = e;
                }
            }
        };
        await _repository.CopyAsync(One, "eu", "us");
        Assert.That(refusals.Single(), Is.TypeOf<ModelIntegrityException>().With.Message.Contains($"{_digest}").And.Message.Contains("under way"));
        Assert.That(_toStore.Keys, Has.None.Contains(".copying"));
        await AssertWholeAsync();
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(6)]
    [TestCase(8)]
    public async Task A_copy_that_dies_at_any_call_leaves_nothing_visible_and_can_be_made_again(int call)
    {
        Assume.That(toFolder, Is.False);
        var left = call;
        _toStore.Before = (_, _) => left-- > 0 ? Task.CompletedTask : throw new InvalidOperationException("dead");
        Assert.That(() => _repository.CopyAsync(One, "eu", "us"), Throws.InvalidOperationException);
        _toStore.Before = null;
        Assert.That(ObjectScene.Flaws(_toStore), Is.Empty);
        await Repository().CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    private ModelRepository Repository() => ObjectScene.Over([_source, _target]);

    private string SpoilWeights()
    {
        var manifest = _from.GetManifestAsync("m", TestTree.V("1.0.0"), default).AsTask().GetAwaiter().GetResult()!.Manifest;
        var path = $"m/1.0.0/{manifest.Files.First(static file => file.Path == "data/weights.bin").StoredAt}";
        var bad = (byte[])_weights.Clone();
        bad[^100] ^= 1;
        Put(path, bad);
        return path;
    }

    private void Mend(string path) => Put(path, _weights);

    private void Put(string path, byte[] content)
    {
        if (fromFolder)
        {
            File.WriteAllBytes(_fromTree[path], content);
        }
        else
        {
            _fromStore.Set(path, content);
        }
    }

    private async Task AssertWholeAsync()
    {
        var document = (await _target.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        Assert.That(document.Digest, Is.EqualTo(_digest));
        foreach (var file in document.Manifest.Files)
        {
            await using var stream = await _target.OpenReadAsync(document.Manifest, file, 0, file.Size, default);
            using MemoryStream bytes = new();
            await stream.CopyToAsync(bytes);
            Assert.That(Sha256Digest.Of(bytes.ToArray()), Is.EqualTo(file.Sha256), file.Path);
        }
    }
}
