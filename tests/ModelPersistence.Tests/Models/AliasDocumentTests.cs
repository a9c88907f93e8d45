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
            Aliases = new Dictionary<string, ModelVersion> { ["latest"] = ModelVersion.Parse("2.0.0"), ["stable"] = ModelVersion.Parse("1.0.0") },
        };
        var again = DocumentReader.ReadAliases("m", DocumentReader.Write(document));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Revision, Is.EqualTo(7));
            Assert.That(again.Aliases, Is.EquivalentTo(document.Aliases));
        }
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
    [TestCase("""{ "formatVersion": 1, "name": "m", "revision": 1, "aliases": { "a": null } }""", "'alias' must be text")]
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
