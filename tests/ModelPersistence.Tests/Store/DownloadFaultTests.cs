using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Http;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Store;

/// <summary>Downloads from a real server through a proxy that spoils its answers.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DownloadFaultTests
{
    private const int Size = 24 << 20;

    private static readonly byte[] Content = TestFiles.Bytes(Size, seed: 3);

    private readonly TemporaryFolder _folder = new();
    private readonly StaticObjects _objects = new();
    private LoopbackServer _server = null!;
    private FaultProxy _proxy = null!;
    private ManifestDocument _document = null!;
    private HttpClient _client = null!;
    private ObjectRepository _remote = null!;

    [SetUp]
    public async Task StartAsync()
    {
        await File.WriteAllBytesAsync(_folder["model.onnx"], Content);
        var files = await FileDescriber.DescribeAsync("m", _folder.Root, ["model.onnx"], CancellationToken.None);
        _document = ManifestDocument.Create(TestModel.Create().Document.Manifest with { Files = files });
        _objects.Put("m/1.0.0/model.onnx", Content);
        _server = await LoopbackServer.StartAsync(_objects.HandleAsync);
        _proxy = await FaultProxy.StartAsync(_server.Address);
        _client = HttpTransport.CreateClient();
        _remote = new ObjectRepository("web", new HttpObjectStore(new HttpProviderOptions { Name = "web", BaseAddress = _proxy.Address }, _client, ownsClient: false, TimeProvider.System));
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase(ProxyFaultKind.Cut)]
    [TestCase(ProxyFaultKind.Stall)]
    [TestCase(ProxyFaultKind.SlowDown)]
    [TestCase(ProxyFaultKind.WrongByte)]
    [TestCase(ProxyFaultKind.ChangedETag)]
    [TestCase(ProxyFaultKind.Slow)]
    [TestCase(ProxyFaultKind.WholeObject)]
    public async Task A_single_fault_is_survived(object kind, CancellationToken cancellationToken)
    {
        // The second answer: in the middle of the object, where the whole of it is of no use.
        _proxy.Decide = (_, number) => number == 2 ? new ProxyFault((ProxyFaultKind)kind, 3_000_000) : null;
        await FetchAsync(cancellationToken);

        Assert.That(_proxy.Faults, Is.EqualTo(new[] { (ProxyFaultKind)kind }));
    }

    [TestCase(ProxyFaultKind.Cut)]
    [TestCase(ProxyFaultKind.Stall)]
    [TestCase(ProxyFaultKind.WrongByte)]
    public async Task Of_a_spoilt_answer_only_what_is_missing_is_fetched_again(object kind, CancellationToken cancellationToken)
    {
        _proxy.Decide = (_, number) => number == 2 ? new ProxyFault((ProxyFaultKind)kind, 3_000_000) : null;
        await FetchAsync(cancellationToken);
        var longest = _document.Manifest.Files[0].Chunks.Max(static chunk => chunk.Length);

        // What was on its way when the stream was given up is sent for nothing, but for no more than the buffers between hold.
        Assert.That(_proxy.BytesSent, Is.LessThanOrEqualTo(Size + longest + (6 << 20)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Many_faults_at_random_are_survived(int seed, CancellationToken cancellationToken)
    {
        _proxy.SpoilRandomly(
            seed,
            share: 0.15,
            ProxyFaultKind.Cut,
            ProxyFaultKind.Stall,
            ProxyFaultKind.SlowDown,
            ProxyFaultKind.WrongByte,
            ProxyFaultKind.ChangedETag,
            ProxyFaultKind.Slow,
            ProxyFaultKind.WholeObject);
        for (var i = 0; i < 4; i++)
        {
            await FetchAsync(cancellationToken, $"cache-{i}");
        }

        Assert.That(_proxy.Faults, Is.Not.Empty);
    }

    [Test]
    public async Task A_server_that_never_gives_ranges_is_read_in_one_stream(CancellationToken cancellationToken)
    {
        _objects.IgnoresRanges = true;
        var fetched = await FetchAsync(cancellationToken);

        Assert.That(fetched.Fetched.BytesFetched, Is.EqualTo(Size));
    }

    [Test]
    public async Task A_server_without_ranges_that_breaks_off_is_begun_again_and_keeps_what_was_right(CancellationToken cancellationToken)
    {
        _objects.IgnoresRanges = true;
        var isCut = false;
        _proxy.Decide = (request, _) => request.Headers.Range.Count > 0 && request.Headers.Range[0]!.StartsWith($"bytes=0-{Size - 1}", StringComparison.Ordinal) && !isCut && (isCut = true)
            ? new ProxyFault(ProxyFaultKind.Cut, 10_000_000)
            : null;
        await FetchAsync(cancellationToken);

        Assert.That(isCut, Is.True);
    }

    [Test]
    public void A_web_page_is_told_for_what_it_is()
    {
        _proxy.Decide = static (_, _) => new ProxyFault(ProxyFaultKind.WebPage);

        Assert.That(
            async () => await FetchAsync(CancellationToken.None),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("web page").And.Message.Contains("'web'").And.Property("IsTransient").False);
    }

    [Test]
    public void An_object_that_was_replaced_is_refused_with_both_digests()
    {
        _objects.Put("m/1.0.0/model.onnx", TestFiles.Bytes(Size, seed: 4));

        var e = Assert.ThrowsAsync<ModelIntegrityException>(() => FetchAsync(CancellationToken.None));

        Assert.That(e.Message, Does.Contain("'web'").And.Contain("'model.onnx'").And.Contain("chunk").And.Contain(e.Expected.ToString()).And.Contain(e.Actual.ToString()));
    }

    [Test]
    public void A_server_that_is_always_busy_is_told_as_a_fault_that_may_pass()
    {
        _proxy.Decide = static (_, _) => new ProxyFault(ProxyFaultKind.SlowDown);

        Assert.That(async () => await FetchAsync(CancellationToken.None), Throws.TypeOf<ModelStorageException>().With.Property("IsThrottled").True.And.Property("IsTransient").True);
    }

    private async Task<StoredModel> FetchAsync(CancellationToken cancellationToken, string cachePath = "cache")
    {
        StoreSettings settings = new()
        {
            Transfer = new TransferSettings { FirstBackoff = TimeSpan.FromMilliseconds(5), LongestBackoff = TimeSpan.FromMilliseconds(50), StallTimeout = TimeSpan.FromMilliseconds(500) },
        };
        StoreFolder cache = new(_folder[cachePath], "cache", TimeProvider.System, StoreFolderKind.Cache);
        await using ModelStore store = new(settings, [_remote], [], cache, TimeProvider.System, NullLogger<ModelStore>.Instance);
        ResolvedModel model = new()
        {
            Reference = ModelReference.For("m", _document.Manifest.Version),
            Version = _document.Manifest.Version,
            Provider = _remote,
            Document = _document,
        };
        var stored = await store.FetchAsync(model, keepGoing: true, cancellationToken);
        Assert.That((await File.ReadAllBytesAsync(stored.EntryPath, cancellationToken)).AsSpan().SequenceEqual(Content), Is.True);
        return stored;
    }
}
