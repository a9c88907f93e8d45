using ModelPersistence.Models;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

[TestFixture(false)]
[TestFixture(true)]
[CancelAfter(60_000)]
internal sealed class CopyToFolderTests(bool fromFolder) : CopyFixture(fromFolder, toFolder: true)
{
    [Test]
    public async Task A_copy_to_a_folder_takes_from_other_versions_there_what_they_share()
    {
        await Repository.CopyAsync(One, "eu", "us");
        Weights[^1] ^= 1;
        Scene.Write("data/weights.bin", Weights);
        await ObjectScene.Over([From]).PublishAsync(Scene.Source, "m", TestTree.V("2.0.0"));
        var copied = await Repository.CopyAsync(ModelReference.Parse("m:2.0.0"), "eu", "us");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied.TransferredBytes, Is.LessThan(4 << 20));
            Assert.That(copied.TransferredBytes + copied.ReusedBytes, Is.EqualTo(Weights.Length + 5));
        }
    }
}
