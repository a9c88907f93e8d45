using System.Text;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class AliasDocumentTests
{
    [Test]
    public void An_alias_document_comes_back_as_it_was()
    {
        AliasDocument document = new()
        {
            FormatVersion = 1,
            Name = "m",
            Revision = 7,
            Aliases = new Dictionary<string, AliasTarget> { ["latest"] = ModelVersion.Parse("2.0.0"), ["stable"] = ModelVersion.Parse("1.0.0") },
        };
        var again = DocumentReader.ReadAliases("m", DocumentReader.Write(document));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Revision, Is.EqualTo(7));
            Assert.That(again.Aliases, Is.EquivalentTo(document.Aliases));
        }
    }

    [Test]
    public void A_split_is_an_object_of_versions_and_weights()
    {
        var read = DocumentReader.ReadAliases(
            "m", """{ "formatVersion": 1, "name": "m", "revision": 3, "aliases": { "stable": { "1.10.0": 10, "1.2.0": 90 }, "latest": "1.10.0" } }"""u8.ToArray());
        var written = Encoding.UTF8.GetString(DocumentReader.Write(read)).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Aliases["stable"].ToString(), Is.EqualTo("1.2.0 (90), 1.10.0 (10)"));
            Assert.That(read.Aliases["latest"].Single, Is.EqualTo(ModelVersion.Parse("1.10.0")));
            Assert.That(written, Does.Contain("""{"stable":{"1.2.0":90,"1.10.0":10},"latest":"1.10.0"}"""));
            Assert.That(DocumentReader.ReadAliases("m", DocumentReader.Write(read)).Aliases, Is.EquivalentTo(read.Aliases));
        }
    }

    [TestCase("""{ "1.0.0": 1 }""", "it has 1 versions (2 to 16 are allowed)")]
    [TestCase("""{}""", "it has 0 versions")]
    [TestCase("""{ "1.0.0": 0, "2.0.0": 1 }""", "version 1.0.0 has the weight 0 (1 to 10000 are allowed)")]
    [TestCase("""{ "1.0.0": 10001, "2.0.0": 1 }""", "the weight 10001")]
    [TestCase("""{ "1.0.0": 0.5, "2.0.0": 1 }""", "the weight of version 1.0.0 must be a whole number of 1 to 10000")]
    [TestCase("""{ "1.0.0": "9", "2.0.0": 1 }""", "must be a whole number")]
    [TestCase("""{ "1.0.0": 99999999999, "2.0.0": 1 }""", "must be a whole number")]
    [TestCase("""{ "1.0.0": null, "2.0.0": 1 }""", "must be a whole number")]
    [TestCase("""{ "1.0.0": 1, "1.0.0": 1 }""", "not valid JSON")]
    [TestCase("""{ "../x": 1, "1.0.0": 1 }""", "'../x' is no version of three parts")]
    [TestCase("""{ "1.*": 1, "1.0.0": 1 }""", "'1.*' is no version")]
    [TestCase("""[ "1.0.0" ]""", "'alias stable' must be a version, for example 1.2.0, or an object")]
    [TestCase("5", "'alias stable' must be a version")]
    [TestCase("null", "'alias stable' must be a version")]
    public void A_malformed_split_is_refused_by_the_name_of_its_alias(string split, string because) =>
        Assert.That(
            () => DocumentReader.ReadAliases("m", Encoding.UTF8.GetBytes($$"""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "stable": {{split}} } }""")),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains(because).And.Message.Contains(because == "not valid JSON" ? "1.0.0" : "alias stable").And.Message.Contains("aliases.json"));

    [Test]
    public void A_split_over_too_many_versions_is_refused()
    {
        var split = string.Join(", ", Enumerable.Range(0, 100_000).Select(static n => $"\"1.0.{n}\": 1"));
        Assert.That(
            () => DocumentReader.ReadAliases("m", Encoding.UTF8.GetBytes($$"""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "stable": { {{split}} } } }""")),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("the split of alias stable is refused: it has 100000 versions"));
    }

    [TestCase("2030-01-31T12:00:00Z")]
    [TestCase("2030-01-31T12:00:00+00:00")]
    public void An_expiry_is_a_moment_in_utc_and_comes_back_as_it_was(string written)
    {
        var moment = new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var read = DocumentReader.ReadAliases("m", Encoding.UTF8.GetBytes($$"""{ "formatVersion": 1, "name": "m", "revision": 3, "aliases": {}, "expires": "{{written}}" }"""));
        var again = DocumentReader.ReadAliases("m", DocumentReader.Write(read));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Expires, Is.EqualTo(moment));
            Assert.That(again.Expires, Is.EqualTo(moment));
            Assert.That(again.Expires!.Value.Offset, Is.EqualTo(TimeSpan.Zero));
            Assert.That(Encoding.UTF8.GetString(DocumentReader.Write(read with { Expires = null })), Does.Not.Contain("expires"));
        }
    }

    [TestCase("""{ "formatVersion": 2, "name": "m", "revision": 1, "aliases": {} }""", "format version is 2")]
    [TestCase("""{ "formatVersion": 1, "name": "other", "revision": 1, "aliases": {} }""", "it is of 'other'")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": -1, "aliases": {} }""", "revision is negative")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 99999999999999999999, "aliases": {} }""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "../x": "1.0.0" } }""", "'../x' is not a valid alias")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "1.0.0": "1.0.0" } }""", "'1.0.0' is not a valid alias")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "": "1.0.0" } }""", "not a valid alias")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "a": "../.." } }""", "version of three parts")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "a": null } }""", "'alias a' must be a version")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "a": "1.0.0", "a": "2.0.0" } }""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": null }""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1 }""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "revision": 2, "aliases": {} }""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": {}""", "not valid JSON")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": {}, "expires": "2030-01-01T00:00:00" }""", "'expires' must be a UTC time")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": {}, "expires": "2030-01-01T00:00:00+02:00" }""", "'expires' must be a UTC time")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": {}, "expires": "soonZ" }""", "'expires' must be a time")]
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": {}, "expires": 5 }""", "'expires' must be text")]
    [TestCase("", "not valid JSON")]
    [TestCase("null", "refused")]
    public void A_malformed_alias_document_is_refused(string json, string because) =>
        Assert.That(
            () => DocumentReader.ReadAliases("m", Encoding.UTF8.GetBytes(json)),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains(because).And.Message.Contains("aliases.json").And.Message.Contains("'m'"));

    [Test]
    public void Unknown_fields_of_an_alias_document_are_tolerated() =>
        Assert.That(
            DocumentReader.ReadAliases("m", """{ "formatVersion": 1, "name": "m", "revision": 3, "aliases": {}, "split": { "a": 1 } }"""u8.ToArray()).Revision,
            Is.EqualTo(3));
}
