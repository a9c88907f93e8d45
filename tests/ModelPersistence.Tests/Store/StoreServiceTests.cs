using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Store;

/// <summary>The store as users see it.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoreServiceTests : IAsyncDisposable
{
    private const int Size = 6 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryStorageProvider _remote = new("remote");
    private readonly TestHost _host;

    public StoreServiceTests()
    {
        var content = TestFiles.Bytes(Size);
        _remote.Publish("m", "1.0.0", content);
        content = [.. content];
        content[^1] ^= 1;
        _remote.Publish("m", "2.0.0", content);
        _host = new TestHost(_folder["cache"], models => models.AddProvider("remote", _ => _remote));
    }

    private IModelStore Store => _host.Services.GetRequiredService<IModelStore>();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_version_is_brought_to_this_host_and_the_next_one_as_far_as_it_differs(CancellationToken token)
    {
        var first = await Store.FetchAsync("m:1.0.0", cancellationToken: token);
        var again = await Store.FetchAsync("m:1.0.0", cancellationToken: token);
        var second = await Store.FetchAsync("m", cancellationToken: token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.Version.ToString(), first.BytesFetched, first.BytesReused), Is.EqualTo(("1.0.0", Size, 0L)));
            Assert.That(first.EntryPath, Is.EqualTo(_folder["cache/m/1.0.0/model.onnx"]).And.Exist);
            Assert.That(first.Digest, Is.EqualTo(again.Digest));
            Assert.That((again.BytesFetched, again.BytesReused), Is.EqualTo((0L, 0L)));
            Assert.That((second.Version.ToString(), second.BytesFetched, second.BytesReused), Is.EqualTo(("2.0.0", 1 << 20, Size - (1 << 20))));
        }
    }

    [Test]
    public async Task A_plan_says_what_would_be_transferred_and_transfers_nothing(CancellationToken token)
    {
        var none = await Store.PlanAsync("m:1.0.0", token);
        Assert.That(Directory.Exists(_folder["cache/m/1.0.0"]), Is.False);
        await Store.FetchAsync("m:1.0.0", cancellationToken: token);
        var all = await Store.PlanAsync("m:1.0.0", token);
        var update = await Store.PlanAsync("m", token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((none.BytesTotal, none.BytesReused, none.BytesToTransfer, none.Provider), Is.EqualTo((Size, 0L, Size, "remote")));
            Assert.That((all.BytesReused, all.BytesToTransfer), Is.EqualTo((Size, 0L)));
            Assert.That((update.Name, update.Version.ToString(), update.Provider), Is.EqualTo(("m", "2.0.0", "remote")));
            Assert.That(update.Files, Is.EqualTo(new[] { new ModelUpdateFile("model.onnx", Size, Size - (1 << 20)) }));
            Assert.That(update.Files[0].BytesToTransfer, Is.EqualTo(1 << 20));
        }
    }

    [Test]
    public async Task Progress_is_told_from_the_beginning_to_the_end(CancellationToken token)
    {
        Listener listener = new();
        await Store.FetchAsync("m:1.0.0", listener, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(listener.Heard, Has.Count.GreaterThanOrEqualTo(2));
            Assert.That(listener.Heard[0].BytesDone, Is.GreaterThan(0).And.LessThan(Size));
            Assert.That(listener.Heard.Select(static progress => progress.BytesDone), Is.Ordered);
            Assert.That(listener.Heard, Has.All.Property(nameof(ModelDownloadProgress.BytesTotal)).EqualTo(Size));
            Assert.That(listener.Heard[^1], Is.EqualTo(new ModelDownloadProgress(Size, Size, 0, 0, TimeSpan.Zero)));
        }
    }

    [Test]
    public void What_is_nowhere_is_not_found() =>
        Assert.That(async () => await Store.FetchAsync("other"), Throws.TypeOf<ModelNotFoundException>());

    private sealed class Listener : IProgress<ModelDownloadProgress>
    {
        public List<ModelDownloadProgress> Heard { get; } = [];

        public void Report(ModelDownloadProgress value) => Heard.Add(value);
    }
}
