using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class SplitResolvingTests
{
    private const string Both = "1.0.0 (90), 2.0.0 (10)";

    private static readonly ModelReference Stable = ModelReference.Parse("m:stable");

    [Test]
    public async Task A_choice_is_all_versions_of_a_split_and_the_revision_that_says_so()
    {
        using TestTree near = new();
        near.AddAliases("m", 7, ("stable", Both));
        var choice = await Resolver(near.Provider()).ChooseAsync(Stable, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(choice.Target, Is.EqualTo(TestTree.Target(Both)));
            Assert.That(choice.Revision, Is.EqualTo(7));
            Assert.That(choice.Origin, Is.Null, "nobody else has a say");
        }
    }

    [TestCase("m:1.0.0")]
    [TestCase("m:1.*")]
    [TestCase("m")]
    public async Task Where_no_alias_document_decides_there_is_no_revision(string reference)
    {
        var choice = await Resolver(new StubProvider("far").With("m", "1.0.0")).ChooseSettledAsync(ModelReference.Parse(reference), default);
        Assert.That((choice.Target, choice.Revision), Is.EqualTo((AliasTarget.To(TestTree.V("1.0.0")), (long?)null)));
    }

    [Test]
    public async Task The_origins_split_is_its_answer_to_a_choice_that_did_not_wait()
    {
        using TestTree near = new();
        near.AddAliases("m", 1, ("stable", "1.0.0"));
        TaskCompletionSource gate = new();
        var far = new StubProvider("far") { Gate = gate.Task }.WithAliases("m", 2, ("stable", Both));
        var resolver = Resolver(near.Provider(), far);
        var choice = await resolver.ChooseAsync(Stable, default);
        Assert.That((choice.Target.Single, choice.Revision), Is.EqualTo((TestTree.V("1.0.0"), 1L)));
        gate.SetResult();
        var answer = await choice.Origin!;
        var settled = await resolver.ChooseSettledAsync(Stable, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Other, answer.Revision, answer.Doubt), Is.EqualTo((TestTree.Target(Both), 2L, (string?)null)));
            Assert.That((settled.Target, settled.Revision, settled.Origin), Is.EqualTo((TestTree.Target(Both), 2L, (Task<OriginAnswer>?)null)));
        }
    }

    [Test]
    public async Task Other_weights_are_another_answer()
    {
        using TestTree near = new();
        near.AddAliases("m", 1, ("stable", Both));
        var choice = await Resolver(near.Provider(), new StubProvider("far").WithAliases("m", 2, ("stable", "1.0.0 (50), 2.0.0 (50)"))).ChooseAsync(Stable, default);
        Assert.That((await choice.Origin!).Other?.ToString(), Is.EqualTo("1.0.0 (50), 2.0.0 (50)"));
    }

    [Test]
    public async Task An_origin_that_agrees_under_a_higher_revision_says_which()
    {
        using TestTree near = new();
        near.AddAliases("m", 1, ("stable", Both));
        var resolver = Resolver(near.Provider(), new StubProvider("far").WithAliases("m", 5, ("stable", Both), ("other", "1.0.0")));
        Assert.That((await (await resolver.ChooseAsync(Stable, default)).Origin!, (await resolver.ChooseSettledAsync(Stable, default)).Revision), Is.EqualTo((new OriginAnswer { Revision = 5 }, 5L)));
    }

    [Test]
    public async Task An_origin_that_cannot_be_asked_leaves_the_choice_with_a_doubt()
    {
        using TestTree near = new();
        near.AddAliases("m", 3, ("stable", Both));
        var settled = await Resolver(near.Provider(), new StubProvider("far") { Failure = new IOException("away") }).ChooseSettledAsync(Stable, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((settled.Target, settled.Revision), Is.EqualTo((TestTree.Target(Both), 3L)));
            Assert.That(settled.Doubts, Is.EqualTo(new[] { "Provider 'far' could not be asked: away" }));
        }
    }

    [Test]
    public async Task Each_version_of_a_split_is_found_by_itself_with_the_doubts_of_its_own_search()
    {
        StubProvider broken = new("near") { Failure = new IOException("away") };
        var resolver = Resolver(broken, new StubProvider("far").With("m", "1.0.0").With("m", "2.0.0"));
        var two = await resolver.LocateAsync(Stable, TestTree.V("2.0.0"), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((two.Version, two.Provider.Name), Is.EqualTo((TestTree.V("2.0.0"), "far")));
            Assert.That(two.Doubts, Is.EqualTo(new[] { "Provider 'near' could not be asked: away" }));
            Assert.That(
                () => resolver.LocateAsync(Stable, TestTree.V("3.0.0"), default),
                Throws.TypeOf<ModelStorageException>().With.Message.Contains("'m:stable', which is version 3.0.0,"));
        }
    }

    [Test]
    public void Who_needs_one_version_is_told_which_there_are()
    {
        var far = new StubProvider("far").With("m", "1.0.0").With("m", "2.0.0").WithAliases("m", 1, ("stable", Both));
        Assert.That(
            () => Resolver(far).ResolveAsync(Stable, default),
            Throws.InvalidOperationException.With.Message.EqualTo("'m:stable' is split over versions 1.0.0 and 2.0.0. Name one of them: 'm:1.0.0'."));
    }

    [Test]
    public async Task Where_a_store_has_no_listing_ranges_see_every_version_of_a_split()
    {
        InMemoryObjectStore store = new() { CanList = false };
        ObjectRepository far = new("far", store);
        using TestTree tree = new();
        tree.AddAliases("m", 1, ("stable", Both), ("latest", "2.0.0"));
        store.Set("m/aliases.json", await File.ReadAllBytesAsync(tree["m/aliases.json"]));
        Assert.That(await far.ListVersionsAsync("m", default).ToListAsync(), Is.EqualTo(new[] { TestTree.V("1.0.0"), TestTree.V("2.0.0") }));
    }

    private static ModelResolver Resolver(params IStorageProvider[] providers) => new(new ProviderChain(providers), NullLogger<ModelResolver>.Instance);
}
