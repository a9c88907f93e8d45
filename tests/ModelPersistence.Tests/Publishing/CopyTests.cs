using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Copies between folders and object stores, in every direction.</summary>
[TestFixture(false, false)]
[TestFixture(false, true)]
[TestFixture(true, false)]
[TestFixture(true, true)]
[CancelAfter(60_000)]
internal sealed class CopyTests(bool fromFolder, bool toFolder) : CopyFixture(fromFolder, toFolder)
{
    [Test]
    public async Task A_copy_has_the_same_digest_and_the_same_bytes()
    {
        var copied = await Repository.CopyAsync(ModelReference.Parse($"m:stable@{Digest}"), "eu", "us", new CopyOptions { CarryAliases = true, Aliases = ["imported"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied.Digest, Is.EqualTo(Digest));
            Assert.That((copied.Version, copied.Repository, copied.AlreadyThere), Is.EqualTo((TestTree.V("1.0.0"), "us", false)));
            Assert.That((copied.TransferredBytes, copied.ReusedBytes), Is.EqualTo((Weights.Length + 5L, 0L)));
            Assert.That(copied.Aliases!.Aliases.Keys, Is.EquivalentTo(new[] { "imported", "latest", "stable" }));
            await AssertWholeAsync();
        }
    }

    [Test]
    public async Task Copying_again_transfers_nothing_and_sets_the_aliases()
    {
        var first = await Repository.CopyAsync(One, "eu", "us");
        var read = Source.BytesRead;
        var again = await Repository.CopyAsync(One, "eu", "us", new CopyOptions { Aliases = ["stable"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Aliases, Is.Null);
            Assert.That((again.AlreadyThere, again.TransferredBytes), Is.EqualTo((true, 0L)));
            Assert.That(Source.BytesRead, Is.EqualTo(read));
            Assert.That(again.Aliases!.Aliases.Keys, Is.EqualTo(new[] { "stable" }));
        }
    }

    [Test]
    public async Task A_version_with_another_digest_at_the_target_is_not_overwritten()
    {
        Scene.Write("model.onnx", "other");
        var there = await ObjectScene.Over([Target]).PublishAsync(Scene.Source, "m", TestTree.V("1.0.0"));
        Assert.That(
            () => Repository.CopyAsync(One, "eu", "us"),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains($"{there.Digest}").And.Message.Contains($"{Digest}").And.Message.Contains("A version never changes"));
        Assert.That((await Target.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Digest, Is.EqualTo(there.Digest));
    }

    [Test]
    public async Task Wrong_bytes_at_the_source_leave_nothing_visible_and_the_copy_goes_on_when_they_are_mended()
    {
        var path = SpoilWeights();
        Assert.That(
            () => Repository.CopyAsync(One, "eu", "us"),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'data/weights.bin'").And.Message.Contains("'eu'").And.Property("Expected").Not.Null.And.Property("Actual").Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Target.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.Null);
            Assert.That(await Target.ListVersionsAsync("m", default).ToListAsync(), Is.Empty);
        }

        Mend(path);
        await Repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task A_wrong_byte_that_passes_is_read_again()
    {
        Source.CorruptStreams(at: 3, times: 2);
        await Repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task Streams_that_break_off_are_continued()
    {
        Source.BreakStreams(afterBytes: 1000);
        Source.CutStreams(afterBytes: 2000);
        await Repository.CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }

    [Test]
    public async Task A_copy_that_was_interrupted_sends_only_what_is_missing()
    {
        var path = SpoilWeights();
        ToStore.Before = async (call, token) =>
        {
            // The spoiled file comes last, so that it is clear what the interruption leaves behind.
            while (call.Kind == ObjectCallKind.Upload && call.Key.EndsWith("weights.bin", StringComparison.Ordinal) && !ToStore.Keys.Any(static key => key.EndsWith("model.onnx", StringComparison.Ordinal)))
            {
                token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        };
        Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>());
        Mend(path);
        var before = Source.BytesRead;
        var copied = await NewRepository().CopyAsync(One, "eu", "us");
        using (Assert.EnterMultipleScope())
        {
            // An object store keeps whole files, a folder also the chunks of those that were not whole.
            Assert.That(copied.ReusedBytes, ToFolder ? Is.GreaterThan(1 << 20) : Is.EqualTo(5));
            Assert.That(copied.TransferredBytes, Is.EqualTo(Weights.Length + 5 - copied.ReusedBytes));
            Assert.That(Source.BytesRead - before, Is.EqualTo(copied.TransferredBytes).Within(ToFolder ? 0 : 4 << 20));
        }

        await AssertWholeAsync();
    }

    [Test]
    public async Task Of_copies_at_once_all_succeed()
    {
        var copies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => NewRepository().CopyAsync(One, "eu", "us"))));
        Assert.That(copies.Select(static copy => copy.Digest), Is.All.EqualTo(Digest));
        await AssertWholeAsync();
    }

    [Test]
    public void What_cannot_be_copied_is_told_before_anything_is_written()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Repository.CopyAsync(One, "eu", "none"), Throws.ArgumentException.With.Message.Contains("'us'"));
            Assert.That(() => Repository.CopyAsync(One, "none", "us"), Throws.ArgumentException.With.Message.Contains("'eu'"));
            Assert.That(() => Repository.CopyAsync(One, "us", "us"), Throws.ArgumentException.With.Message.Contains("both source and target"));
            Assert.That(() => Repository.CopyAsync(ModelReference.Parse("m:9.9.9"), "eu", "us"), Throws.TypeOf<ModelNotFoundException>());
            Assert.That(() => Repository.CopyAsync(ModelReference.Parse($"m:1.0.0@{Sha256Digest.Of("x"u8)}"), "eu", "us"), Throws.TypeOf<ModelIntegrityException>());
            Assert.That(() => Repository.CopyAsync(One, "eu", "us", new CopyOptions { Aliases = ["1.0"] }), Throws.ArgumentException);
            Assert.That(ToStore.Keys, Is.Empty);
            Assert.That(Directory.EnumerateFileSystemEntries(ToTree.Root), Is.Empty);
        }
    }

    [TestCase("{", "not valid JSON")]
    [TestCase("size", "adds up|sizes|allowed")]
    [TestCase("huge", "larger|bytes")]
    public async Task A_hostile_manifest_at_the_source_costs_a_clear_error_and_nothing_at_the_target(string kind, string because)
    {
        var json = (await From.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Utf8Json.ToArray();
        var text = System.Text.Encoding.UTF8.GetString(json);
        var bad = kind switch
        {
            "size" => System.Text.Encoding.UTF8.GetBytes(text.Replace($"\"size\": {Weights.Length}", "\"size\": 9000000000000000000", StringComparison.Ordinal)),
            "huge" => new byte[(64 << 20) + 1],
            _ => "{"u8.ToArray(),
        };
        Put("m/1.0.0/manifest.json", bad);
        Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Matches(because));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ToStore.Keys, Is.Empty);
            Assert.That(await Target.ListModelsAsync(default).ToListAsync(), Is.Empty);
        }
    }

    [Test]
    public async Task A_digest_that_is_not_the_files_is_found_out()
    {
        var document = (await From.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
        var wrong = document.Manifest with
        {
            Files = [.. document.Manifest.Files.Select(static file => file.Path == "model.onnx" ? file with { Chunks = [new ModelChunk(5, Sha256Digest.Of("grape"u8))] } : file)],
        };
        Put("m/1.0.0/manifest.json", ManifestDocument.Create(wrong).Utf8Json.ToArray());
        Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'model.onnx'"));
        Assert.That(await Target.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.Null);
    }

    [Test]
    public async Task Files_that_lie_where_the_copy_goes_are_compared_before_they_are_trusted()
    {
        var manifest = (await From.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest;
        var place = $"m/1.0.0/{manifest.EntryFile.StoredAt}";
        if (ToFolder)
        {
            ToTree.Write(place, "grape");
            Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("adopt"));
            Assert.That(File.ReadAllText(ToTree[place]), Is.EqualTo("grape"));
            return;
        }

        // Same length, other bytes: under a name that anybody may write to, the hash decides.
        ToStore.Set(place, FromFolder ? "grape"u8.ToArray() : "longer than it must be"u8.ToArray());
        Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("there with other content").And.Message.Contains(place));
        Assert.That(ToStore.Keys, Is.EqualTo(new[] { place }), "Nothing is written, not even the claim stays.");
        ToStore.Set(place, "graph"u8.ToArray());
        var copied = await Repository.CopyAsync(One, "eu", "us");
        Assert.That(copied.ReusedBytes, Is.EqualTo(5));
        await AssertWholeAsync();
    }
}
