using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Integrity;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Store;

/// <summary>A download that is not flushed may be lost in a power loss; it must never be trusted after one.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FlushTests : IAsyncDisposable
{
    private readonly StoreScene _scene = new();
    private readonly TestModel _model = TestModel.Create();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Test]
    public async Task A_record_is_written_after_the_files_and_folders_were_flushed(CancellationToken token)
    {
        var stored = await FetchAsync();
        var folder = stored.Folder!;
        List<bool> recorded = [];
        await using VersionCheck check = new(_scene.Settings, folder, _scene.Time, NullLogger.Instance)
        {
            Flush = (flushed, tree) =>
            {
                Assert.That((flushed, tree), Is.EqualTo((stored, folder)));
                recorded.Add(HasRecord(stored));
            },
        };
        check.RecordLater(stored);
        await _scene.DriveAsync(check.WhenRecorded(), VerificationRecords.FreshFor);

        Assert.That(recorded, Is.Not.Empty.And.All.False);
        Assert.That(HasRecord(stored), Is.True);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_cannot_be_flushed_gets_no_record(bool hashedLater)
    {
        var stored = await FetchAsync();
        await using VersionCheck check = new(_scene.Settings, stored.Folder!, _scene.Time, NullLogger.Instance)
        {
            Flush = static (_, _) => throw new IOException("the disk is failing", 5),
        };
        if (hashedLater)
        {
            await check.HashAsync(stored, 1, new ReadProgress(), CancellationToken.None);
        }
        else
        {
            check.RecordLater(stored);
        }

        await _scene.DriveAsync(check.WhenRecorded(), VerificationRecords.FreshFor);
        Assert.That(HasRecord(stored), Is.False);
    }

    [TestCase("gone")]
    [TestCase("empty")]
    [TestCase("zeros")]
    public async Task What_a_power_loss_took_is_found_and_fetched_again(string loss)
    {
        var remote = _scene.AddRemote(_model);
        var first = _scene.Start();
        var weights = Path.Combine(Path.GetDirectoryName((await _scene.EnsureAsync(first, _model.At(remote))).EntryPath)!, "data/weights.bin");
        await first.DisposeAsync();
        switch (loss)
        {
            case "gone":
                File.Delete(weights);
                break;
            case "empty":
                await File.WriteAllBytesAsync(weights, []);
                break;
            default:
                await File.WriteAllBytesAsync(weights, new byte[TestModel.WeightsLength]);
                break;
        }

        var local = await _scene.EnsureAsync(_scene.Start(), _model.At(remote));

        Assert.That(local.Trust, Is.EqualTo(TrustBasis.Hashed));
        _model.AssertIn(Path.Combine(_scene.CachePath, "m", "1.0.0"));
    }

    [TestCase(null, true, true)]
    [TestCase(null, false, false)]
    [TestCase(false, true, false)]
    [TestCase(true, false, true)]
    public void Downloads_are_flushed_on_shared_volumes_unless_it_is_set_otherwise(bool? setting, bool isShared, bool isFlushed)
    {
        StoreFolder folder = new(_scene.CachePath, "folder", _scene.Time, isShared ? StoreFolderKind.Shared : StoreFolderKind.Cache);
        VersionPlacement placement = new(new StoreSettings { FlushDownloads = setting }, [], [folder], folder, null!, null!, null!, NullLogger.Instance);

        Assert.That(placement.JobFor(_model.Document, folder, []).Flush, Is.EqualTo(isFlushed));
    }

    [Test]
    public async Task Flushing_a_tree_covers_its_files_and_the_folders_up_to_its_root()
    {
        var folder = _model.WriteTo(_scene.Folder["tree"]);
        DurableFile.FlushTree(_model.In(folder).Select(static local => local.FullPath), _scene.Folder["tree"]);

        File.Delete(Path.Combine(folder, "model.onnx"));
        await Task.CompletedTask;
        Assert.That(() => DurableFile.FlushTree(_model.In(folder).Select(static local => local.FullPath), _scene.Folder["tree"]), Throws.InstanceOf<FileNotFoundException>());
    }

    private async Task<StoredModel> FetchAsync()
    {
        var remote = _scene.AddRemote(_model);
        await using var store = _scene.Start();
        return await store.FetchAsync(_model.At(remote), keepGoing: false, CancellationToken.None);
    }

    private bool HasRecord(StoredModel stored) => new VersionCheck(_scene.Settings, stored.Folder!, _scene.Time, NullLogger.Instance).HasRecord(stored);
}
