using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnmanifestedIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly UnmanifestedModel _model;

    public UnmanifestedIndexTests()
    {
        TestFiles.Write(_folder["bare"], "model.onnx", TestFiles.Bytes(6000));
        TestFiles.Write(_folder["bare"], "weights.bin", TestFiles.Bytes(90_000));
        _model = new UnmanifestedModel("m", ModelVersion.Parse("3.0.0"), _folder["bare"], "model.onnx", ["model.onnx", "weights.bin"]);
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_description_is_remembered_for_the_next_process(CancellationToken cancellationToken)
    {
        Assert.That(Index().TryGetKnown(_model), Is.Null);
        var described = await DescribeAndRestAsync(cancellationToken);

        var known = Index().TryGetKnown(_model);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(known?.Digest, Is.EqualTo(described.Digest));
            Assert.That(described.Manifest.Files.Select(static file => file.Size), Is.EqualTo(new[] { 6000L, 90_000L }));
            Assert.That(described.Manifest.Version, Is.EqualTo(_model.Version));
        }
    }

    [Test]
    public async Task The_same_files_always_get_the_same_manifest(CancellationToken cancellationToken)
    {
        var first = await Index().DescribeAsync(_model, cancellationToken);
        Directory.Delete(_folder["cache"], recursive: true);
        var second = await Index().DescribeAsync(_model, cancellationToken);

        Assert.That(second.Digest, Is.EqualTo(first.Digest));
    }

    [Test]
    [Platform("Linux")]
    public async Task A_changed_file_is_not_known_any_more(CancellationToken cancellationToken)
    {
        await DescribeAndRestAsync(cancellationToken);

        TestFiles.AlterUnnoticed(_folder["bare/weights.bin"]);

        Assert.That(Index().TryGetKnown(_model), Is.Null);
    }

    [Test]
    public async Task Of_a_known_model_the_files_are_not_even_listed(CancellationToken cancellationToken)
    {
        await DescribeAndRestAsync(cancellationToken);
        var unlisted = new UnmanifestedModel(_model.Name, _model.Version, _model.Folder, _model.Entry, static () => throw new InvalidOperationException("Listed."));

        Assert.That(Index().TryGetKnown(unlisted)?.Manifest.Files, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_forged_description_is_not_believed(CancellationToken cancellationToken)
    {
        await DescribeAndRestAsync(cancellationToken);
        var path = Directory.GetFiles(_folder["cache/.described"]).Single();
        var document = ManifestDocument.Parse("m", _model.Version, File.ReadAllBytes(path));
        File.WriteAllBytes(path, ManifestDocument.Create(document.Manifest with { Created = DateTimeOffset.UnixEpoch }).Utf8Json.ToArray());

        Assert.That(Index().TryGetKnown(_model), Is.Null);
    }

    [Test]
    public async Task Without_a_writable_cache_it_is_described_each_time(CancellationToken cancellationToken)
    {
        File.WriteAllText(_folder["cache"], "");
        var index = Index();

        Assert.That((await index.DescribeAsync(_model, cancellationToken)).Manifest.Entry, Is.EqualTo("model.onnx"));
        await index.WhenRemembered();
        Assert.That(index.TryGetKnown(_model), Is.Null);
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(
            async () => await Index().DescribeAsync(new UnmanifestedModel(_model.Name, _model.Version, _model.Folder, _model.Entry, ["model.onnx", "gone.bin"]), CancellationToken.None),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("gone.bin"));

    private UnmanifestedIndex Index() =>
        new(new StoreFolder(_folder["cache"], "cache", _time, StoreFolderKind.Cache), _time, NullLogger<UnmanifestedIndex>.Instance);

    private async Task<ManifestDocument> DescribeAndRestAsync(CancellationToken cancellationToken)
    {
        var index = Index();
        var described = await index.DescribeAsync(_model, cancellationToken);
        while (!index.WhenRemembered().IsCompleted)
        {
            _time.Advance(VerificationRecords.FreshFor);
            await Task.Yield();
        }

        return described;
    }
}
