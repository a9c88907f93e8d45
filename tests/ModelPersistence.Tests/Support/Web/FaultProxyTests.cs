using System.Net;
using System.Net.Http.Headers;

namespace ModelPersistence.Tests.Support.Web;

/// <summary>The tests' own proxy does what the tests that use it believe.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(30_000)]
internal sealed class FaultProxyTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)i)];

    private readonly StaticObjects _objects = new();
    private readonly HttpClient _client = new();
    private LoopbackServer _server = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _objects.Put("a/b.bin", Content);
        _server = await LoopbackServer.StartAsync(_objects.HandleAsync);
        _proxy = await FaultProxy.StartAsync(_server.Address);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Without_a_fault_a_range_passes_and_is_counted(CancellationToken cancellationToken)
    {
        using var response = await GetAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(await response.Content.ReadAsByteArrayAsync(cancellationToken), Is.EqualTo(Content[1000..51_000]));
            Assert.That(_proxy.BytesByPath["/a/b.bin"], Is.EqualTo(50_000));
            Assert.That(response.Headers.ETag?.Tag, Is.EqualTo(_objects["a/b.bin"].ETag));
        }
    }

    [Test]
    public async Task A_cut_ends_the_body_early(CancellationToken cancellationToken)
    {
        _proxy.Decide = static (_, _) => new ProxyFault(ProxyFaultKind.Cut, 20_000);

        // A reset can overtake what was sent before it, the headers too.
        Assert.That(ReadAsync, Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<IOException>());
        Assert.That(_proxy.BytesSent, Is.EqualTo(20_000));

        async Task ReadAsync()
        {
            using var response = await GetAsync(cancellationToken);
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
    }

    [Test]
    public async Task A_stall_sends_what_comes_before_it_and_then_nothing(CancellationToken cancellationToken)
    {
        _proxy.Decide = static (_, _) => new ProxyFault(ProxyFaultKind.Stall, 20_000);
        using var response = await GetAsync(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var before = new byte[20_000];
        await body.ReadExactlyAsync(before, cancellationToken);
        using CancellationTokenSource giveUp = new();
        var next = body.ReadAsync(before, giveUp.Token).AsTask();
        Assert.That(next.IsCompleted, Is.False);
        await giveUp.CancelAsync();
        Assert.That(async () => await next, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase(ProxyFaultKind.SlowDown, HttpStatusCode.ServiceUnavailable)]
    [TestCase(ProxyFaultKind.WebPage, HttpStatusCode.OK)]
    [TestCase(ProxyFaultKind.WholeObject, HttpStatusCode.OK)]
    [TestCase(ProxyFaultKind.WrongByte, HttpStatusCode.PartialContent)]
    [TestCase(ProxyFaultKind.ChangedETag, HttpStatusCode.PartialContent)]
    [TestCase(ProxyFaultKind.Slow, HttpStatusCode.PartialContent)]
    public async Task Each_other_fault_shows(object kind, HttpStatusCode status, CancellationToken cancellationToken)
    {
        _proxy.Decide = (_, _) => new ProxyFault((ProxyFaultKind)kind, 5);
        using var response = await GetAsync(cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(response.StatusCode, Is.EqualTo(status));
            Assert.That(body.AsSpan().SequenceEqual(Content.AsSpan(1000, 50_000)), Is.EqualTo((ProxyFaultKind)kind is ProxyFaultKind.ChangedETag or ProxyFaultKind.Slow));
            Assert.That(body.AsSpan().SequenceEqual(Content), Is.EqualTo((ProxyFaultKind)kind is ProxyFaultKind.WholeObject));
            Assert.That(response.Headers.ETag?.Tag == _objects["a/b.bin"].ETag, Is.EqualTo((ProxyFaultKind)kind is not (ProxyFaultKind.SlowDown or ProxyFaultKind.WebPage or ProxyFaultKind.ChangedETag)));
        }
    }

    [Test]
    public async Task A_condition_on_the_tag_holds_or_fails(CancellationToken cancellationToken)
    {
        using HttpRequestMessage right = new(HttpMethod.Get, new Uri(_proxy.Address, "a/b.bin"));
        right.Headers.IfMatch.Add(new EntityTagHeaderValue(_objects["a/b.bin"].ETag));
        using HttpRequestMessage wrong = new(HttpMethod.Get, new Uri(_proxy.Address, "a/b.bin"));
        wrong.Headers.IfMatch.Add(new EntityTagHeaderValue("\"other\""));
        using var held = await _client.SendAsync(right, cancellationToken);
        using var failed = await _client.SendAsync(wrong, cancellationToken);
        Assert.That((held.StatusCode, failed.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed)));
    }

    private async Task<HttpResponseMessage> GetAsync(CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(_proxy.Address, "a/b.bin"));
        request.Headers.Range = new RangeHeaderValue(1000, 50_999);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
