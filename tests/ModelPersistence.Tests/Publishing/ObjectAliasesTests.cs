using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture]
[CancelAfter(60_000)]
public sealed class ObjectAliasesTests
{
    private ObjectScene _scene = null!;

    [SetUp]
    public async Task SetUp()
    {
        _scene = new ObjectScene();
        _scene.Write("model.onnx", "graph");
        await _scene.PublishAsync("1.0.0");
        await _scene.PublishAsync("2.0.0");
    }

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task An_alias_moves_forward_back_and_away()
    {
        await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        var back = await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
        var same = await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
        var gone = await _scene.Publisher.RemoveAliasAsync("m", "stable");
        var stillGone = await _scene.Publisher.RemoveAliasAsync("m", "stable");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Aliases["stable"], Is.EqualTo(TestTree.Target("1.0.0")));
            Assert.That(same.Revision, Is.EqualTo(back.Revision));
            Assert.That(gone!.Aliases.Keys, Is.EqualTo(new[] { "latest" }));
            Assert.That(gone.Revision, Is.EqualTo(back.Revision + 1));
            Assert.That(stillGone!.Revision, Is.EqualTo(gone.Revision));
            Assert.That(await _scene.Publisher.RemoveAliasAsync("other", "stable"), Is.Null);
        }
    }

    [Test]
    public async Task A_change_that_loses_the_race_is_made_again_on_the_winners_document()
    {
        using ObjectScene other = new(_scene.Store);
        var lost = 0;
        _scene.Store.Before = async (call, token) =>
        {
            // The other writers' own calls come by here too and are let through.
            if (call is { Kind: ObjectCallKind.Write, Key: "m/aliases.json" } && lost is 0 or 2 or 4)
            {
                lost++;
                await other.Publisher.SetAliasAsync("m", $"other-{lost / 2}", TestTree.V("1.0.0"), null, token);
                lost++;
            }
        };
        var document = await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("2.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(document.Aliases.Keys, Is.EquivalentTo(new[] { "latest", "other-0", "other-1", "other-2", "stable" }));
            Assert.That(document.Revision, Is.EqualTo(2 + 3 + 1));
            Assert.That((await _scene.AliasesAsync())!.Revision, Is.EqualTo(6));
        }
    }

    [Test]
    public async Task Of_writers_at_once_nobody_loses_a_change()
    {
        var writers = Enumerable.Range(0, 16).Select(n => Task.Run(() => _scene.NewPublisher().SetAliasAsync("m", $"a{n}", TestTree.V("1.0.0"))));
        await Task.WhenAll(writers);
        var document = (await _scene.AliasesAsync())!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(document.Aliases.Keys, Is.SupersetOf(Enumerable.Range(0, 16).Select(static n => $"a{n}")));
            Assert.That(document.Revision, Is.EqualTo(18));
        }
    }

    [Test]
    public void Losing_again_and_again_ends_in_an_error_that_says_to_try_again()
    {
        var revision = 100;
        _scene.Store.Before = (call, _) =>
        {
            if (call is { Kind: ObjectCallKind.Write, Key: "m/aliases.json" })
            {
                _scene.Store.Set("m/aliases.json", DocumentReader.Write(new AliasDocument { FormatVersion = 1, Name = "m", Revision = revision++, Aliases = new Dictionary<string, AliasTarget>() }));
            }

            return Task.CompletedTask;
        };
        Assert.That(
            () => _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0")),
            Throws.TypeOf<ModelStorageException>().With.Property("IsTransient").True.And.Message.Contains("'m'").And.Message.Contains("'bucket'").And.Message.Contains("try again"));
    }

    [Test]
    public async Task An_expiry_is_set_kept_and_taken_away()
    {
        DateTimeOffset moment = new(2100, 1, 1, 2, 0, 0, TimeSpan.FromHours(2));
        var set = await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"), new AliasOptions { Expires = moment });
        var kept = (await _scene.PublishAsync("3.0.0")).Aliases!;
        var later = (await _scene.PublishAsync("3.0.0", new PublishOptions { AliasesExpire = moment.AddDays(1) })).Aliases!;
        var away = await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"), new AliasOptions { Expires = DateTimeOffset.MaxValue });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Expires, Is.EqualTo(moment));
            Assert.That(kept.Expires, Is.EqualTo(moment));
            Assert.That(later.Expires, Is.EqualTo(moment.AddDays(1)));
            Assert.That((away.Expires, away.Revision), Is.EqualTo(((DateTimeOffset?)null, 6L)));
            Assert.That(Encoding.UTF8.GetString(_scene.Store.Get("m/aliases.json")!), Does.Not.Contain("expires"));
            Assert.That(
                () => _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"), new AliasOptions { Expires = DateTimeOffset.UnixEpoch }),
                Throws.ArgumentException.With.Message.Contains("lies ahead"));
        }
    }

    [Test]
    public void A_document_that_is_malformed_is_not_overwritten()
    {
        _scene.Store.Set("m/aliases.json", "{"u8.ToArray());
        Assert.That(() => _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>());
        Assert.That(_scene.Store.Get("m/aliases.json"), Is.EqualTo("{"u8.ToArray()));
    }
}
