using ModelPersistence.Models;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture(false)]
[TestFixture(true)]
[CancelAfter(60_000)]
internal sealed class CopyToObjectsTests(bool fromFolder) : CopyFixture(fromFolder, toFolder: false)
{
    [Test]
    public async Task Copies_of_different_contents_of_one_version_do_not_mix()
    {
        using TestTree other = new();
        var second = other.Provider("asia", acceptsPublishing: true);
        Scene.Write("model.onnx", "grape");
        await ObjectScene.Over([second]).PublishAsync(Scene.Source, "m", TestTree.V("1.0.0"));
        List<Exception> refusals = [];
        ToStore.Before = async (call, token) =>
        {
            if (call.Kind == ObjectCallKind.Upload && refusals.Count == 0)
            {
                try
                {
                    refusals.Add(null!);
                    await ObjectScene.Over([second, Target]).CopyAsync(One, "asia", "us", null, token);
                }
                catch (ModelIntegrityException e)
                {
                    refusals[0] = e;
                }
            }
        };
        await Repository.CopyAsync(One, "eu", "us");
        Assert.That(refusals.Single(), Is.TypeOf<ModelIntegrityException>().With.Message.Contains($"{Digest}").And.Message.Contains("under way"));
        Assert.That(ToStore.Keys, Has.None.Contains(".copying"));
        await AssertWholeAsync();
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(6)]
    [TestCase(8)]
    public async Task A_copy_that_dies_at_any_call_leaves_nothing_visible_and_can_be_made_again(int call)
    {
        var left = call;
        ToStore.Before = (_, _) => left-- > 0 ? Task.CompletedTask : throw new InvalidOperationException("dead");
        Assert.That(() => Repository.CopyAsync(One, "eu", "us"), Throws.InvalidOperationException);
        ToStore.Before = null;
        Assert.That(ObjectScene.Flaws(ToStore), Is.Empty);
        await NewRepository().CopyAsync(One, "eu", "us");
        await AssertWholeAsync();
    }
}
