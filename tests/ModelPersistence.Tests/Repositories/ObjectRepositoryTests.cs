using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

/// <summary>What a repository keeps of the documents that it read.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(30_000)]
internal sealed class ObjectRepositoryTests : IDisposable
{
    private const string Aliases = "m/aliases.json";

    private readonly InMemoryObjectStore _store = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ObjectRepository _repository;

    public ObjectRepositoryTests() => _repository = new ObjectRepository("bucket", _store, _time);

    public void Dispose() => _repository.Dispose();

    [Test]
    public async Task A_document_that_has_not_changed_is_neither_sent_nor_parsed_again()
    {
        var length = PutAliases(1, "1.0.0");
        var manifest = StubProvider.Document("m", "1.0.0");
        _store.Set("m/1.0.0/manifest.json", manifest.Utf8Json.ToArray());
        var (aliases, document) = (await AliasesAsync(), await _repository.GetManifestAsync("m", TestTree.V("1.0.0"), default));
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await AliasesAsync(), Is.SameAs(aliases));
            Assert.That(await _repository.GetManifestAsync("m", TestTree.V("1.0.0"), default), Is.SameAs(document));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_store.BytesRead(Aliases), Is.EqualTo(length));
            Assert.That(_store.BytesRead(), Is.EqualTo(length + manifest.Utf8Json.Length));
            Assert.That((_store.Unchanged(Aliases), _store.Unchanged()), Is.EqualTo((3, 6)));
            Assert.That(_store.CountOf(ObjectCallKind.Read), Is.EqualTo(8), "the store is asked every time");
        }
    }

    [Test]
    public async Task A_document_that_changed_is_read_and_then_the_one_that_is_kept()
    {
        PutAliases(1, "1.0.0");
        await AliasesAsync();
        PutAliases(2, "2.0.0");
        var second = await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second!.Revision, Is.EqualTo(2));
            Assert.That(await AliasesAsync(), Is.SameAs(second));
        }
    }

    [Test]
    public async Task A_document_that_went_is_not_there_and_comes_back_when_it_does()
    {
        PutAliases(1, "1.0.0");
        await AliasesAsync();
        _store.Remove(Aliases);
        Assert.That(await AliasesAsync(), Is.Null);
        PutAliases(1, "1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await AliasesAsync())!.Revision, Is.EqualTo(1));
            Assert.That(_store.Unchanged(), Is.Zero, "what was gone is read whole");
        }
    }

    [Test]
    public async Task A_document_that_was_spoilt_is_refused_until_it_is_mended()
    {
        PutAliases(1, "1.0.0");
        var good = await AliasesAsync();
        _store.Set(Aliases, "{"u8.ToArray());
        Assert.That(AliasesAsync, Throws.TypeOf<ModelIntegrityException>());
        Assert.That(AliasesAsync, Throws.TypeOf<ModelIntegrityException>(), "it is not taken for known");
        PutAliases(1, "1.0.0");
        Assert.That(await AliasesAsync(), Is.SameAs(good));
    }

    [Test]
    public async Task A_store_that_cannot_look_keeps_nothing_back()
    {
        PutAliases(1, "1.0.0");
        var good = await AliasesAsync();
        _store.FailNext(kind: ObjectCallKind.Read);
        Assert.That(AliasesAsync, Throws.TypeOf<ModelStorageException>());
        Assert.That(await AliasesAsync(), Is.SameAs(good));
    }

    [Test]
    public async Task Where_a_store_knows_no_conditions_the_same_bytes_are_not_parsed_again()
    {
        _store.IgnoresConditions = true;
        var length = PutAliases(1, "1.0.0");
        var first = await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await AliasesAsync(), Is.SameAs(first));
            Assert.That(_store.BytesRead(), Is.EqualTo(2 * length));
        }
    }

    [Test]
    public async Task What_nobody_asked_for_in_an_hour_is_forgotten()
    {
        var length = PutAliases(1, "1.0.0");
        await AliasesAsync();
        _time.Advance(DocumentCache.KeptFor - TimeSpan.FromSeconds(1));
        await AliasesAsync();
        _time.Advance(DocumentCache.KeptFor - TimeSpan.FromSeconds(1));
        await AliasesAsync();
        Assert.That(_store.BytesRead(), Is.EqualTo(length), "each use keeps it for another hour");
        _time.Advance(DocumentCache.KeptFor + TimeSpan.FromSeconds(1));
        await AliasesAsync();
        Assert.That(_store.BytesRead(), Is.EqualTo(2 * length));
    }

    [Test]
    public async Task A_document_too_large_to_be_kept_is_read_each_time()
    {
        var padding = new string(' ', (int)(DocumentCache.MaxBytes / 2));
        var json = System.Text.Encoding.UTF8.GetBytes($$"""{ "formatVersion": 1, "name": "m", "revision": 3, "aliases": {}{{padding}} }""");
        _store.Set(Aliases, json);
        await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await AliasesAsync())!.Revision, Is.EqualTo(3));
            Assert.That(_store.BytesRead(), Is.EqualTo(2L * json.Length));
        }
    }

    private Task<AliasDocument?> AliasesAsync() => _repository.GetAliasesAsync("m", default).AsTask();

    private long PutAliases(long revision, string version)
    {
        var json = DocumentReader.Write(new AliasDocument { FormatVersion = 1, Name = "m", Revision = revision, Aliases = new Dictionary<string, AliasTarget> { ["stable"] = TestTree.Target(version) } });
        _store.Set(Aliases, json);
        return json.Length;
    }
}
