using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture]
[CancelAfter(60_000)]
public sealed class PublishAliasesTests
{
    private PublishingFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        _fixture = new PublishingFixture();
        _fixture.Write("model.onnx");
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Publishing_moves_latest_forward_only()
    {
        await _fixture.PublishAsync("1.0.0");
        await _fixture.PublishAsync("2.0.0");
        await _fixture.PublishAsync("1.0.1");
        await _fixture.PublishAsync("1.0.0");
        var aliases = await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliases!.Aliases["latest"], Is.EqualTo(TestTree.Target("2.0.0")));
            Assert.That(aliases.Revision, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task Latest_does_not_move_to_a_prerelease_or_when_it_is_not_wanted()
    {
        var prerelease = await _fixture.PublishAsync("1.0.0-rc.1");
        var unwanted = await _fixture.PublishAsync("1.0.0", new PublishOptions { MoveLatest = false });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(prerelease.Aliases, Is.Null);
            Assert.That(unwanted.Aliases, Is.Null);
            Assert.That(File.Exists(_fixture.Tree["m/aliases.json"]), Is.False);
        }
    }

    [Test]
    public async Task Extra_aliases_move_in_one_revision()
    {
        var published = await _fixture.PublishAsync("1.0.0", new PublishOptions { Aliases = ["stable", "canary"] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(published.Aliases!.Revision, Is.EqualTo(1));
            Assert.That(published.Aliases.Aliases.Keys, Is.EquivalentTo(new[] { "latest", "stable", "canary" }));
            Assert.That((await AliasesAsync())!.Aliases, Is.EquivalentTo(published.Aliases.Aliases));
        }
    }

    [Test]
    public async Task An_alias_is_set_forward_and_back()
    {
        await _fixture.PublishAsync("1.0.0");
        await _fixture.PublishAsync("2.0.0");
        await _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        var back = await _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
        var same = await _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await AliasesAsync())!.Aliases["stable"], Is.EqualTo(TestTree.Target("1.0.0")));
            Assert.That(back.Revision, Is.EqualTo(4));
            Assert.That(same.Revision, Is.EqualTo(4), "what changes nothing needs no revision");
        }
    }

    [Test]
    public async Task An_alias_to_a_version_that_nobody_has_is_refused()
    {
        await _fixture.PublishAsync("1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("3.0.0")), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("versions 1.0.0"));
            Assert.That(() => _fixture.Publisher.SetAliasAsync("m", "2.0.0", TestTree.V("1.0.0")), Throws.ArgumentException);
            Assert.That(() => _fixture.Publisher.SetAliasAsync("m", "Stable", TestTree.V("1.0.0")), Throws.ArgumentException);
        }
    }

    [Test]
    public async Task A_revision_that_was_edited_by_hand_is_built_upon()
    {
        await _fixture.PublishAsync("1.0.0");
        _fixture.Tree.AddAliases("m", 1, ("latest", "1.0.0"), ("by-hand", "1.0.0"));
        await _fixture.PublishAsync("2.0.0");
        _fixture.Tree.AddAliases("m", 40, ("latest", "2.0.0"));
        await _fixture.PublishAsync("3.0.0", new PublishOptions { Aliases = ["stable"] });
        var aliases = await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliases!.Revision, Is.EqualTo(41));
            Assert.That(aliases.Aliases.Keys, Is.EquivalentTo(new[] { "latest", "stable" }));
            Assert.That(File.ReadAllText(_fixture.Tree["m/.aliases/2.json"]), Does.Contain("by-hand"));
        }
    }

    [Test]
    public async Task A_spoiled_alias_document_is_mended_from_the_revisions()
    {
        await _fixture.PublishAsync("1.0.0", new PublishOptions { Aliases = ["stable"] });
        _fixture.Tree.Write("m/aliases.json", "{ torn");
        await _fixture.PublishAsync("1.0.0");
        var aliases = await AliasesAsync();
        Assert.That(aliases!.Aliases.Keys, Is.EquivalentTo(new[] { "latest", "stable" }));
    }

    [Test]
    public async Task A_torn_revision_keeps_its_number_and_counts_for_nothing()
    {
        await _fixture.PublishAsync("1.0.0");
        _fixture.Tree.Write("m/.aliases/2.json", "{ torn");
        var published = await _fixture.PublishAsync("2.0.0");
        Assert.That(published.Aliases!.Revision, Is.EqualTo(3));
    }

    [Test]
    public async Task Old_revisions_are_swept_up()
    {
        await _fixture.PublishAsync("1.0.0");
        await _fixture.PublishAsync("2.0.0");
        for (var i = 0; i < 50; i++)
        {
            await _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
            await _fixture.Publisher.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await AliasesAsync())!.Revision, Is.EqualTo(102));
            Assert.That(Directory.EnumerateFiles(_fixture.Tree["m/.aliases"]).Count(), Is.EqualTo(64));
        }
    }

    [Test]
    public async Task Of_publishers_at_once_nobody_loses_a_change()
    {
        string[] versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.7.0"];
        await Task.WhenAll(versions.Select(version => Task.Run(() =>
            _fixture.NewPublisher().PublishAsync(_fixture.Source, "m", TestTree.V(version), new PublishOptions { Aliases = [$"of-{version}"] }))));
        var aliases = await AliasesAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliases!.Aliases.Keys, Is.SupersetOf(versions.Select(static version => $"of-{version}")));
            Assert.That(aliases.Aliases["latest"], Is.EqualTo(TestTree.Target("1.7.0")));
            Assert.That(aliases.Revision, Is.EqualTo(8));
        }
    }

    [Test]
    public async Task A_publisher_that_dies_before_the_aliases_are_shown_is_finished_by_the_next()
    {
        await _fixture.PublishAsync("1.0.0");
        var dying = _fixture.NewPublisher(static step =>
        {
            if (step == PublishStep.AliasesWritten)
            {
                throw new InvalidOperationException("dies here");
            }
        });
        Assert.That(() => dying.PublishAsync(_fixture.Source, "m", TestTree.V("2.0.0")), Throws.InvalidOperationException);
        Assert.That((await AliasesAsync())!.Aliases["latest"], Is.EqualTo(TestTree.Target("1.0.0")));
        await _fixture.PublishAsync("2.0.0");
        Assert.That((await AliasesAsync())!.Aliases["latest"], Is.EqualTo(TestTree.Target("2.0.0")));
    }

    private ValueTask<AliasDocument?> AliasesAsync() => _fixture.Repository.GetAliasesAsync("m", default);
}
