using ModelPersistence.Models;
using ModelPersistence.Tests.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Publishers as processes that are killed, or meet.</summary>
[TestFixture]
[CancelAfter(120_000)]
public sealed class PublisherProcessTests
{
    private PublishingFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        _fixture = new PublishingFixture();
        _fixture.Write("model.onnx", new string('x', 3 << 20));
        _fixture.Write("weights.bin", "weights");
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [TestCase("CopyBegun")]
    [TestCase("Copied")]
    [TestCase("Described")]
    public async Task A_publisher_that_is_killed_before_the_end_leaves_no_version(string step, CancellationToken cancellationToken)
    {
        await KillAtAsync(step, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_fixture.Visible(), Is.Empty);
            Assert.That(await _fixture.Repository.ListVersionsAsync("m", cancellationToken).ToListAsync(cancellationToken), Is.Empty);
        }

        await PublishAgainAsync();
    }

    [TestCase("Visible")]
    [TestCase("AliasesWritten")]
    public async Task A_publisher_that_is_killed_before_the_aliases_moved_leaves_a_whole_version(string step, CancellationToken cancellationToken)
    {
        await KillAtAsync(step, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _fixture.Repository.GetAliasesAsync("m", cancellationToken), Is.Null);
            await AssertWholeAsync();
        }

        await PublishAgainAsync();
    }

    [Test]
    public async Task Of_processes_that_publish_one_version_one_wins_and_the_others_compare(CancellationToken cancellationToken)
    {
        _fixture.Write("other/model.onnx", "other");
        List<WorkerProcess> workers = [.. Enumerable.Range(0, 4).Select(n => new WorkerProcess("publish", _fixture.Tree.Root, n % 2 == 0 ? Source() : _fixture.SourcePath("other"), "1.0.0"))];
        var outcomes = await Task.WhenAll(workers.Select(worker => worker.ReadLineAsync(cancellationToken)));
        workers.ForEach(static worker => worker.Dispose());
        var document = (await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), cancellationToken))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcomes.Count(static outcome => outcome == "published"), Is.EqualTo(1));
            Assert.That(outcomes.Count(static outcome => outcome == "already"), Is.EqualTo(1));
            Assert.That(outcomes.Count(static outcome => outcome!.StartsWith("refused '", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(Sha256Digest.Of(File.ReadAllBytes(_fixture.Tree["m/1.0.0/model.onnx"])), Is.EqualTo(document.Manifest.EntryFile.Sha256));
        }
    }

    [Test]
    public async Task Of_processes_that_publish_at_once_nobody_loses_an_alias(CancellationToken cancellationToken)
    {
        List<WorkerProcess> workers = [.. Enumerable.Range(1, 4).Select(n => new WorkerProcess("publish", _fixture.Tree.Root, Source(), $"{n}.0.0"))];
        await Task.WhenAll(workers.Select(worker => worker.ReadLineAsync(cancellationToken)));
        workers.ForEach(static worker => worker.Dispose());
        Assert.That((await _fixture.Repository.GetAliasesAsync("m", cancellationToken))!.Aliases["latest"], Is.EqualTo(TestTree.Target("4.0.0")));
    }

    private string Source()
    {
        // The fixture's folder with only what belongs to the version.
        var source = _fixture.SourcePath("source");
        if (!Directory.Exists(source))
        {
            Directory.CreateDirectory(source);
            File.Copy(_fixture.SourcePath("model.onnx"), Path.Combine(source, "model.onnx"));
            File.Copy(_fixture.SourcePath("weights.bin"), Path.Combine(source, "weights.bin"));
        }

        return source;
    }

    private async Task KillAtAsync(string step, CancellationToken cancellationToken)
    {
        using WorkerProcess worker = new("publish", _fixture.Tree.Root, Source(), "1.0.0", step);
        Assert.That(await worker.ReadLineAsync(cancellationToken), Is.EqualTo("reached"));
        await worker.KillAsync(cancellationToken);
    }

    private async Task PublishAgainAsync()
    {
        var published = await _fixture.Publisher.PublishAsync(Source(), "m", TestTree.V("1.0.0"));
        await AssertWholeAsync();
        Assert.That(published.Aliases!.Aliases["latest"], Is.EqualTo(TestTree.Target("1.0.0")));
        Assert.That((await _fixture.Repository.GetAliasesAsync("m", default))!.Revision, Is.EqualTo(1));
    }

    private async Task AssertWholeAsync()
    {
        var manifest = (await _fixture.Repository.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest;
        foreach (var file in manifest.Files)
        {
            Assert.That(Sha256Digest.Of(File.ReadAllBytes(_fixture.Repository.GetLocalPath(manifest, file)!)), Is.EqualTo(file.Sha256));
        }
    }
}
