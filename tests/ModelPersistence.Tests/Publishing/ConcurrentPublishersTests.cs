using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Several publishers in one process; nothing in the publisher is a lock, so processes meet in the same way.</summary>
[TestFixture]
[CancelAfter(120_000)]
public sealed class ConcurrentPublishersTests
{
    [Test]
    public async Task Of_publishers_of_the_same_content_all_succeed_and_one_wrote([Values] bool foreignFiles)
    {
        using PublishingFixture fixture = new();
        fixture.Write("model.onnx", "graph");
        if (foreignFiles)
        {
            fixture.Tree.Write("m/1.0.0/readme.txt");
        }

        var published = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => fixture.NewPublisher().PublishAsync(fixture.Source, "m", TestTree.V("1.0.0")))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(published.Select(static model => model.Digest).Distinct().Count(), Is.EqualTo(1));
            Assert.That(published.Count(static model => !model.AlreadyPublished), Is.EqualTo(1));
            Assert.That(Directory.EnumerateFileSystemEntries(fixture.Tree[".partial"]), Is.Empty);
            Assert.That(Directory.EnumerateDirectories(fixture.Tree["m/1.0.0"]).Count(), Is.EqualTo(foreignFiles ? 1 : 0), "the others take their copies away");
        }
    }

    [Test]
    public async Task Of_publishers_of_different_content_one_wins_whole([Values] bool foreignFiles)
    {
        for (var round = 0; round < 10; round++)
        {
            using PublishingFixture fixture = new();
            if (foreignFiles)
            {
                fixture.Tree.Write("m/1.0.0/readme.txt");
            }

            // All copy to the end before any shows what it has, so that they meet where only one can win.
            using Barrier barrier = new(3);
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 3).Select(n => Task.Factory.StartNew(() => PublishAsync(fixture, n, barrier), TaskCreationOptions.LongRunning).Unwrap()));
            var document = (await fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default))!;
            var path = fixture.Repository.GetLocalPath(document.Manifest, document.Manifest.EntryFile)!;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(outcomes.Count(static won => won), Is.EqualTo(1));
                Assert.That(Sha256Digest.Of(File.ReadAllBytes(path)), Is.EqualTo(document.Manifest.EntryFile.Sha256));
            }
        }
    }

    private static async Task<bool> PublishAsync(PublishingFixture fixture, int number, Barrier barrier)
    {
        var path = fixture.Write($"source-{number}/model.onnx", $"content {number}");
        var publisher = fixture.NewPublisher(step =>
        {
            if (step == PublishStep.Described)
            {
                barrier.SignalAndWait();
            }
        });
        try
        {
            await publisher.PublishAsync(Path.GetDirectoryName(path)!, "m", TestTree.V("1.0.0"));
            return true;
        }
        catch (ModelIntegrityException e)
        {
            Assert.That(e.Message, Does.Contain("publish under a new version"));
            return false;
        }
    }
}
