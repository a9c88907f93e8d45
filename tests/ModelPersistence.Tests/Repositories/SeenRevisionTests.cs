using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

/// <summary>A process does not go back behind an alias revision that it has seen.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(30_000)]
internal sealed class SeenRevisionTests : IDisposable
{
    private static readonly ModelReference Stable = ModelReference.Parse("m:stable");

    private readonly RecordingLogger _log = new();
    private readonly LoggerFactory _loggers;

    public SeenRevisionTests() => _loggers = new([_log]);

    public void Dispose() => _loggers.Dispose();

    [Test]
    public async Task An_origin_that_went_down_leaves_what_it_said()
    {
        var far = new StubProvider("far").WithAliases("m", 5, ("stable", "2.0.0"));
        var resolver = Resolver(far);
        await resolver.ChooseSettledAsync(Stable, default);
        far.Failure = new IOException("away");
        var choice = await resolver.ChooseAsync(Stable, default);
        var settled = await resolver.ChooseSettledAsync(Stable, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(choice), Is.EqualTo("2.0.0 of 5"), "known at once, without the origin");
            Assert.That(Of(settled), Is.EqualTo("2.0.0 of 5"));
            Assert.That(settled.Doubts, Is.EqualTo(new[] { "Provider 'far' could not be asked: away" }));
        }
    }

    [Test]
    public async Task An_origin_that_went_down_does_not_bring_an_older_folder_back()
    {
        using TestTree near = new();
        near.AddAliases("m", 4, ("stable", "1.0.0"));
        var far = new StubProvider("far").WithAliases("m", 5, ("stable", "2.0.0"));
        var resolver = Resolver(near.Provider(), far);
        Assert.That(Of(await resolver.ChooseSettledAsync(Stable, default)), Is.EqualTo("2.0.0 of 5"));
        far.Failure = new IOException("away");
        Assert.That(Of(await resolver.ChooseAsync(Stable, default)), Is.EqualTo("2.0.0 of 5"));
    }

    [Test]
    public async Task A_repository_that_steps_back_is_not_followed_and_that_is_said_once()
    {
        var far = new StubProvider("far").WithAliases("m", 5, ("stable", "2.0.0"));
        var resolver = Resolver(far);
        await resolver.ChooseSettledAsync(Stable, default);
        far.WithAliases("m", 3, ("stable", "1.0.0"));
        await resolver.ChooseSettledAsync(Stable, default);
        var settled = await resolver.ChooseSettledAsync(Stable, default);
        var warnings = Warnings();
        far.WithAliases("m", 6, ("stable", "1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(settled), Is.EqualTo("2.0.0 of 5"));
            Assert.That(warnings, Is.EqualTo(new[] { "Provider 'far' has revision 3 of the aliases of 'm', and revision 5 was seen before: the higher one is held on to. If an older copy was restored, write its aliases.json with a revision above 5." }));
            Assert.That(Of(await resolver.ChooseSettledAsync(Stable, default)), Is.EqualTo("1.0.0 of 6"));
        }
    }

    [Test]
    public async Task An_alias_that_was_dropped_does_not_come_back_with_an_older_document()
    {
        var far = new StubProvider("far").With("m", "1.0.0").WithAliases("m", 5, ("stable", "1.0.0"));
        var resolver = Resolver(far);
        await resolver.ChooseSettledAsync(Stable, default);
        far.WithAliases("m", 6, ("other", "1.0.0"));
        var dropped = await resolver.ChooseSettledAsync(Stable, default);
        far.WithAliases("m", 5, ("stable", "1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(dropped.Doubts, Has.One.Contains("The origin has no 'm:stable' any more"));
            Assert.That(() => resolver.ChooseSettledAsync(Stable, default), Throws.TypeOf<ModelNotFoundException>());
        }
    }

    [TestCase("m:stable")]
    [TestCase("m")]
    public async Task A_folder_that_lost_its_aliases_leaves_what_they_said(string reference)
    {
        using TestTree near = new();
        near.AddVersion("m", "3.0.0");
        near.AddAliases("m", 5, ("stable", "2.0.0"), ("latest", "2.0.0"));
        var resolver = Resolver(near.Provider());
        await resolver.ChooseSettledAsync(ModelReference.Parse(reference), default);
        File.Delete(near["m/aliases.json"]);
        Assert.That(Of(await resolver.ChooseSettledAsync(ModelReference.Parse(reference), default)), Is.EqualTo("2.0.0 of 5"));
    }

    [Test]
    public async Task A_folder_that_was_restored_from_an_older_copy_is_not_followed()
    {
        using TestTree near = new();
        near.AddAliases("m", 5, ("stable", "2.0.0"));
        var resolver = Resolver(near.Provider());
        await resolver.ChooseSettledAsync(Stable, default);
        near.AddAliases("m", 4, ("stable", "1.0.0"));
        Assert.That(Of(await resolver.ChooseSettledAsync(Stable, default)), Is.EqualTo("2.0.0 of 5"));
        Assert.That(Warnings(), Has.One.Contains("Provider 'volume' has revision 4"));
    }

    [Test]
    public async Task An_edit_under_the_same_revision_is_followed()
    {
        using TestTree near = new();
        near.AddAliases("m", 5, ("stable", "2.0.0"));
        var resolver = Resolver(near.Provider());
        await resolver.ChooseSettledAsync(Stable, default);
        near.AddAliases("m", 5, ("stable", "1.0.0"));
        Assert.That(Of(await resolver.ChooseSettledAsync(Stable, default)), Is.EqualTo("1.0.0 of 5"));
        Assert.That(Warnings(), Is.Empty);
    }

    [Test]
    public async Task What_a_wiped_cache_forgot_is_written_to_it_again()
    {
        using TestTree near = new();
        Remembered remembered = new();
        ModelResolver resolver = new(
            new ProviderChain([near.Provider(), new StubProvider("far").WithAliases("m", 5, ("stable", "2.0.0"))]), NullLogger<ModelResolver>.Instance, remembered);
        await resolver.ChooseSettledAsync(Stable, default);
        await resolver.ChooseSettledAsync(Stable, default);
        Assert.That(remembered.Revisions, Is.EqualTo(new[] { 5L, 5L }), "nothing is in the folder either time, whatever this process knows");
    }

    [Test]
    public void Of_too_many_models_the_one_that_nobody_asked_for_the_longest_is_forgotten()
    {
        SeenAliases seen = new(maxModels: 2);
        seen.Highest("a", Document("a", 7));
        seen.Highest("b", Document("b", 7));
        seen.Highest("a", null);
        seen.Highest("c", Document("c", 7));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Highest("a", Document("a", 1))!.Revision, Is.EqualTo(7));
            Assert.That(seen.Highest("c", Document("c", 1))!.Revision, Is.EqualTo(7));
            Assert.That(seen.Highest("b", Document("b", 1))!.Revision, Is.EqualTo(1));
            Assert.That(seen.Highest("d", null), Is.Null);
        }
    }

    private static AliasDocument Document(string model, long revision) => new() { FormatVersion = 1, Name = model, Revision = revision, Aliases = new Dictionary<string, AliasTarget>() };

    private static string Of(VersionChoice choice) => $"{choice.Target} of {choice.Revision}";

    private ModelResolver Resolver(params IStorageProvider[] providers) => new(new ProviderChain(providers), _loggers.CreateLogger<ModelResolver>());

    private string[] Warnings() => [.. _log.Messages.Where(static message => message.Contains("was seen before", StringComparison.Ordinal))];

    private sealed class Remembered : IAliasMemory
    {
        public List<long> Revisions { get; } = [];

        public void Remember(AliasDocument document) => Revisions.Add(document.Revision);
    }
}
