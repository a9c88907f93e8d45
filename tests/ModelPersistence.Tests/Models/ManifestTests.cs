using System.Text;
using ModelPersistence.Models;
using static ModelPersistence.Tests.Models.Manifests;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class ManifestTests
{
    private static readonly string Entry = File("model.onnx");

    [Test]
    public void A_manifest_is_read_and_its_digest_is_that_of_its_bytes()
    {
        var json = Json(Entry);
        var document = Parse(json);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(document.Manifest.Name, Is.EqualTo("m"));
            Assert.That(document.Manifest.Version, Is.EqualTo(One));
            Assert.That(document.Manifest.EntryFile.Path, Is.EqualTo("model.onnx"));
            Assert.That(document.Manifest.TotalSize, Is.Zero);
            Assert.That(document.Digest, Is.EqualTo(Sha256Digest.Of(Encoding.UTF8.GetBytes(json))));
        }
    }

    [Test]
    public void A_manifest_with_everything_in_it_comes_back_as_it_was()
    {
        ModelManifest manifest = new()
        {
            FormatVersion = 1,
            Name = "m",
            Version = One,
            Created = DateTimeOffset.UnixEpoch,
            Entry = "model.onnx",
            Files = [new ModelFile { Path = "model.onnx", Location = "content-1/model.onnx", Size = 5, Sha256 = Sha256Digest.Of([1]), Chunks = [new(2, Sha256Digest.Of([2])), new(3, Sha256Digest.Of([3]))] }],
            Metadata = new ModelMetadata { Description = "d", Framework = "f", Licence = "MIT", Lineage = new Dictionary<string, string> { ["commit"] = "abc" }, Metrics = new Dictionary<string, double> { ["f1"] = 0.9 }, Dependencies = new Dictionary<string, string> { ["tokenizer"] = "1.2.0" }, Tags = new Dictionary<string, string> { ["team"] = "x" } },
            Warmup = new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 1 }, Inputs = new Dictionary<string, InputHint> { ["ids"] = new() { Shape = [1, 2], Values = [1, 2] } }, LatencyBudgetMs = 12.5 },
            GoldenSamples =
            [
                new GoldenSample
                {
                    Inputs = new Dictionary<string, TensorValue> { ["x"] = new() { ElementType = "float", Shape = [1], Data = [0, 0, 128, 63] } },
                    Outputs = new Dictionary<string, TensorValue> { ["y"] = new() { ElementType = "string", Shape = [1], Strings = ["a"] } },
                    AbsoluteTolerance = 0.01,
                },
            ],
        };
        var document = ManifestDocument.Create(manifest);
        var again = ManifestDocument.Parse("m", One, document.Utf8Json);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Digest, Is.EqualTo(document.Digest));
            Assert.That(ManifestDocument.Create(again.Manifest).Digest, Is.EqualTo(document.Digest));
            Assert.That(again.Manifest.Warmup!.LatencyBudgetMs, Is.EqualTo(12.5));
        }
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("1e9")]
    [TestCase("1e999")]
    [TestCase("\"10\"")]
    public void A_latency_budget_is_a_positive_number_of_milliseconds(string budget) =>
        Assert.That(() => Parse(Json(Entry, extra: $", \"warmup\": {{ \"latencyBudgetMs\": {budget} }}")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("atencyBudgetMs").Or.Message.Contains("latency budget"));

    [TestCase("../x")]
    [TestCase("a/../../x")]
    [TestCase("/etc/passwd")]
    [TestCase("C:\\x")]
    [TestCase("C:x")]
    [TestCase("\\\\host\\share\\x")]
    [TestCase("x\0y")]
    [TestCase("nul")]
    [TestCase("")]
    [TestCase("manifest.json")]
    [TestCase("Manifest.JSON")]
    [TestCase("model.sig")]
    public void A_path_that_leaves_the_folder_or_is_ours_is_refused(string path)
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Json($"{Entry}, {File(path)}"), path.Length == 0 ? "empty" : "refused");
            Refuses(Json($"{Entry}, {File("fine", extra: $", \"location\": {Quote(path)}")}"), "refused");
        }
    }

    [TestCase("a", "a", "stands twice")]
    [TestCase("a", "A", "collides")]
    [TestCase("ä", "Ä", "collides")]
    [TestCase("a", "a/b", "both a file and a folder")]
    [TestCase("A", "a/b/c", "both a file and a folder")]
    public void Paths_that_collide_are_refused(string first, string second, string because) =>
        Refuses(Json($"{Entry}, {File(first)}, {File(second)}"), because);

    [TestCase("place", "PLACE", "stands twice, or collides")]
    [TestCase("place", "place", "stands twice, or collides")]
    [TestCase("place", "place/b", "both a file and a folder")]
    public void Locations_that_collide_are_refused(string first, string second, string because) =>
        Refuses(
            Json($"{Entry}, {File("a", extra: $", \"location\": {Quote(first)}")}, {File("b", extra: $", \"location\": {Quote(second)}")}"), because);

    [TestCase("-1", "has the size -1")]
    [TestCase("9000000000000", "has the size 9000000000000")]
    [TestCase("4398046511104", "add up to")]
    [TestCase("99999999999999999999", "not valid JSON")]
    [TestCase("1.5", "not valid JSON")]
    [TestCase("\"1\"", "not valid JSON")]
    public void A_size_that_no_file_has_is_refused(string size, string because) =>
        Refuses(Json($"{Entry}, {File("big", size)}"), because);

    [TestCase("5", "")]
    [TestCase("5", """{ "length": 4, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }""")]
    [TestCase("0", """{ "length": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }""")]
    [TestCase("-1", """{ "length": -1, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }""")]
    [TestCase("20000000", """{ "length": 20000000, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }""")]
    public void Chunks_that_do_not_make_up_the_file_are_refused(string size, string chunks) =>
        Refuses(Json($"{Entry}, {File("c", size, chunks)}"), "refused");

    [Test]
    public void Missing_entries_files_and_fields_are_refused()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Json(""), "lists 0 files");
            Refuses(Json("null"), "refused");
            Refuses(Json(Entry, entry: "other.onnx"), "its entry 'other.onnx' is not one of its files");
            Refuses("{}", "not valid JSON");
            Refuses("null", "refused");
            Refuses("[]", "not valid JSON");
            Refuses("", "not valid JSON");
            Refuses("\xff", "not valid JSON");
            Refuses(Json(Entry).Replace("\"files\": [", "\"files\": null, \"x\": [", StringComparison.Ordinal), "not valid JSON");
            Refuses(Json(Entry).Replace($"\"chunks\": []", "\"chunks\": null", StringComparison.Ordinal), "not valid JSON");
            Refuses(Json(Entry).Replace("\"m\"", "null", StringComparison.Ordinal), "not valid JSON");
        }
    }

    [Test]
    public void A_manifest_of_another_model_version_or_format_is_refused()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Json(Entry, name: "other"), "it is of 'other' 1.0.0, not of 'm' 1.0.0");
            Refuses(Json(Entry, version: "1.0.1"), "it is of 'm' 1.0.1");
            Refuses(Json(Entry, name: "../m"), "its name is not a valid model name");
            Refuses(Json(Entry, version: "1.0"), "version of three parts");
            Refuses(Json(Entry, formatVersion: "2"), "its format version is 2");
            Refuses(Json(Entry, version: "1.0.0").Replace("\"1.0.0\"", "\"\\ud800\"", StringComparison.Ordinal), "not valid JSON");
        }
    }

    [Test]
    public void Duplicate_properties_are_refused_and_unknown_ones_tolerated()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Json(Entry, extra: ", \"name\": \"m\""), "not valid JSON");
            Refuses(Json(Entry, extra: ", \"metadata\": { \"tags\": { \"a\": \"1\", \"a\": \"2\" } }"), "not valid JSON");
            Assert.That(Parse(Json(Entry, extra: ", \"future\": { \"a\": [1, 2] }")).Manifest.Name, Is.EqualTo("m"));
        }
    }

    [TestCase(""" "metadata": { "tags": { "a": null } } """, "'tags' must be text")]
    [TestCase(""" "metadata": { "lineage": { "a": null } } """, "'lineage' must be text")]
    [TestCase(""" "metadata": { "dependencies": { "a": 1 } } """, "'dependencies' must be text")]
    [TestCase(""" "metadata": { "metrics": { "loss": 1e999 } } """, "'loss' is not a finite number")]
    [TestCase(""" "warmup": { "inputs": { "x": null } } """, "An object with 'shape' is expected")]
    [TestCase(""" "warmup": { "inputs": { "x": { "strings": [null] } } } """, "'strings' must be text")]
    [TestCase(""" "goldenSamples": [null] """, "An object with 'inputs' is expected")]
    [TestCase(""" "goldenSamples": [{ "inputs": { "x": null }, "outputs": {} }] """, "An object with 'elementType' is expected")]
    [TestCase(""" "goldenSamples": [{ "inputs": {}, "outputs": {}, "relativeTolerance": 1e999 }] """, "tolerance")]
    public void A_description_with_holes_in_it_is_refused(string description, string because) => Refuses(Json(Entry, extra: $", {description}"), because);

    [Test]
    [CancelAfter(30_000)]
    public void Depth_count_and_size_are_bounded()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Json(Entry, extra: $", \"future\": {new string('[', 5_000)}{new string(']', 5_000)}"), "not valid JSON");
            Refuses(Json(string.Join(',', Enumerable.Range(0, 10_001).Select(static n => File($"f{n}")))), "lists 10001 files");
            Refuses(new string(' ', ManifestRules.MaxDocumentBytes + 1), "larger than");
        }
    }

    [Test]
    public void A_manifest_that_no_reader_would_accept_is_not_written()
    {
        var manifest = Parse(Json(Entry)).Manifest;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ManifestDocument.Create(manifest with { Files = [] }), Throws.TypeOf<ModelIntegrityException>());
            Assert.That(() => ManifestDocument.Create(manifest with { Entry = "../x" }), Throws.TypeOf<ModelIntegrityException>());
            Assert.That(() => ManifestDocument.Create(manifest with { Metadata = new ModelMetadata { Description = new string('x', 64 << 20) } }), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("readers accept"));
            Assert.That(() => ManifestDocument.Create(manifest with { Metadata = new ModelMetadata { Metrics = new Dictionary<string, double> { ["loss"] = double.NaN } } }), Throws.TypeOf<ModelIntegrityException>());
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public void A_mutated_manifest_is_read_or_refused_in_one_way()
    {
        var bytes = Encoding.UTF8.GetBytes(Json($"{Entry}, {File("a/b", "2", """{ "length": 2, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }""")}", extra: ", \"metadata\": { \"tags\": { \"k\": \"v\" } }, \"warmup\": { \"inputs\": { \"x\": { \"shape\": [1] } } }"));
        Random random = new(42);
        for (var run = 0; run < 20_000; run++)
        {
            var mutated = bytes.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                ManifestDocument.Parse("m", One, mutated);
            }
            catch (ModelIntegrityException)
            {
            }
        }
    }

    private static void Refuses(string json, string because) =>
        Assert.That(() => Parse(json), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains(because), json.Length > 300 ? json[..300] : json);
}
