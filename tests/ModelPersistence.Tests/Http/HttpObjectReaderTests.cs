using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using ModelPersistence.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Http;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HttpObjectReaderTests
{
    private readonly ScriptedServer _server = new(TestFiles.Bytes(10_000));

    [Test]
    public async Task A_range_is_read_as_it_was_asked_for(CancellationToken token)
    {
        Assert.That(await ReadAsync(_server.Reader(), 100, 900, token), Is.EqualTo(_server.Content[100..1000]));
        Assert.That(_server.Requests[0].Range!.ToString(), Is.EqualTo("bytes=100-999"));
    }

    [Test]
    public async Task A_range_beyond_the_end_ends_where_the_object_does(CancellationToken token)
    {
        var reader = _server.Reader();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ReadAsync(reader, 9_900, 500, token), Has.Length.EqualTo(100));
            Assert.That(await ReadAsync(reader, 20_000, 500, token), Is.Empty);
            Assert.That(await ReadAsync(reader, 500, 0, token), Is.Empty);
        }
    }

    [Test]
    public async Task Later_requests_ask_for_the_object_that_was_seen_first(CancellationToken token)
    {
        var reader = _server.Reader();
        await ReadAsync(reader, 0, 10, token);
        await ReadAsync(reader, 10, 10, token);

        Assert.That(_server.Requests.Select(static sent => sent.IfMatch.ToString()), Is.EqualTo(new[] { "", "\"one\"" }));
    }

    [TestCase("W/\"weak\"")]
    [TestCase(null)]
    public async Task A_tag_that_cannot_be_asked_for_is_not(string? tag, CancellationToken token)
    {
        _server.ETag = tag;
        var reader = _server.Reader();
        await ReadAsync(reader, 0, 10, token);
        await ReadAsync(reader, 10, 10, token);

        Assert.That(_server.Requests[1].IfMatch, Is.Empty);
    }

    [Test]
    public async Task An_object_that_changed_is_read_anew_since_its_hashes_decide(CancellationToken token)
    {
        var reader = _server.Reader();
        await ReadAsync(reader, 0, 10, token);
        _server.ETag = "\"two\"";

        Assert.That(await ReadAsync(reader, 10, 10, token), Is.EqualTo(_server.Content[10..20]));
        await ReadAsync(reader, 20, 10, token);
        Assert.That(_server.Requests.Select(static sent => sent.IfMatch.ToString()), Is.EqualTo(new[] { "", "\"one\"", "", "\"two\"" }));
    }

    [Test]
    public async Task A_server_that_denies_the_tag_it_gives_is_not_asked_for_it_again(CancellationToken token)
    {
        _server.Instead = (_, request, _) => Task.FromResult(request.Headers.IfMatch.Count > 0 ? new HttpResponseMessage(HttpStatusCode.PreconditionFailed) : null);
        var reader = _server.Reader();
        for (var i = 0; i < 4; i++)
        {
            await ReadAsync(reader, i * 10, 10, token);
        }

        Assert.That(_server.Requests, Has.Count.EqualTo(5));
    }

    [Test]
    public async Task A_whole_object_serves_for_its_beginning_only(CancellationToken token)
    {
        _server.Instead = (_, _, _) => Task.FromResult<HttpResponseMessage?>(_server.Whole());
        var reader = _server.Reader();

        Assert.That(await ReadAsync(reader, 0, 600, token), Is.EqualTo(_server.Content[..600]));
        Assert.That(async () => await reader.OpenAsync("m", 600, 10, token), Throws.TypeOf<RangesNotSupportedException>().With.Message.Contains("'web'"));
    }

    [Test]
    public void Another_range_than_the_one_asked_for_is_refused()
    {
        _server.Instead = (_, request, _) =>
        {
            var answer = _server.Answer(request);
            answer.Content.Headers.ContentRange = new ContentRangeHeaderValue(0, 9, 10_000);
            return Task.FromResult<HttpResponseMessage?>(answer);
        };

        Assert.That(
            async () => await _server.Reader().OpenAsync("m", 100, 10, CancellationToken.None),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("another range").And.Property("IsTransient").False);
    }

    [TestCase(HttpStatusCode.OK)]
    [TestCase(HttpStatusCode.PartialContent)]
    public void A_web_page_is_not_taken_for_a_model(HttpStatusCode status)
    {
        _server.Instead = (_, request, _) =>
        {
            var answer = status == HttpStatusCode.OK ? _server.Whole() : _server.Answer(request);
            answer.Content.Headers.ContentType = new MediaTypeHeaderValue("text/html", "utf-8");
            return Task.FromResult<HttpResponseMessage?>(answer);
        };

        Assert.That(
            async () => await _server.Reader().OpenAsync("m", 0, 10, CancellationToken.None),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("answered with a web page").And.Property("IsTransient").False);
    }

    [Test]
    public async Task A_refusal_that_a_refresh_mends_is_asked_once_more(CancellationToken token)
    {
        _server.Instead = (request, _, _) => Task.FromResult(request == 1 ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null);
        List<bool> asked = [];
        _server.Explain = (_, isLast) =>
        {
            asked.Add(isLast);
            return null;
        };

        Assert.That(await ReadAsync(_server.Reader(), 0, 10, token), Has.Length.EqualTo(10));
        Assert.That(asked, Is.EqualTo(new[] { false }));
    }

    [Test]
    public void A_refusal_that_nothing_mends_is_told_without_the_address()
    {
        _server.Instead = (_, _, _) => Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(HttpStatusCode.Forbidden));

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await _server.Reader().OpenAsync("m/1.0.0/model.onnx", 0, 10, CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_server.Requests, Has.Count.EqualTo(2));
            Assert.That(e.Message, Does.Contain("'web'").And.Contain("'m/1.0.0/model.onnx'").And.Contain("403").And.Not.Contain("secret"));
            Assert.That(e.IsTransient, Is.False);
        }
    }

    [Test]
    public void What_the_store_makes_of_a_refusal_is_what_is_thrown()
    {
        _server.Instead = (_, _, _) => Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(HttpStatusCode.NotFound));
        _server.Explain = static (_, _) => new ModelStorageException("web", "no such bucket", isTransient: false);

        Assert.That(async () => await _server.Reader().OpenAsync("m", 0, 10, CancellationToken.None), Throws.TypeOf<ModelStorageException>().With.Message.EqualTo("no such bucket"));
        Assert.That(_server.Requests, Has.Count.EqualTo(1));
    }

    [TestCase(HttpStatusCode.ServiceUnavailable, true, true)]
    [TestCase(HttpStatusCode.TooManyRequests, true, true)]
    [TestCase(HttpStatusCode.InternalServerError, true, false)]
    [TestCase(HttpStatusCode.BadGateway, true, false)]
    [TestCase(HttpStatusCode.RequestTimeout, true, false)]
    [TestCase(HttpStatusCode.NotImplemented, false, false)]
    [TestCase(HttpStatusCode.NotFound, false, false)]
    public void A_status_says_whether_it_may_pass(HttpStatusCode status, bool isTransient, bool isThrottled)
    {
        HttpResponseMessage response = new(status);
        response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7));

        var e = HttpFault.Status("web", "m", response);

        Assert.That((e.IsTransient, e.IsThrottled, e.RetryAfter), Is.EqualTo((isTransient, isThrottled, TimeSpan.FromSeconds(7))));
    }

    [TestCase(7, 7)]
    [TestCase(-7, 0)]
    public void A_moment_to_come_back_is_counted_by_the_clock_of_the_server(int ahead, int seconds)
    {
        HttpResponseMessage response = new(HttpStatusCode.ServiceUnavailable);
        response.Headers.Date = DateTimeOffset.UnixEpoch;
        response.Headers.RetryAfter = new RetryConditionHeaderValue(DateTimeOffset.UnixEpoch.AddSeconds(ahead));

        Assert.That(HttpFault.Status("web", "m", response).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(HttpRequestError.ConnectionError, SocketError.ConnectionRefused, true, "ConnectionRefused")]
    [TestCase(HttpRequestError.NameResolutionError, SocketError.HostNotFound, false, "host name is not known")]
    [TestCase(HttpRequestError.NameResolutionError, SocketError.TryAgain, true, "host name is not known")]
    [TestCase(HttpRequestError.SecureConnectionError, SocketError.Success, false, "certificate")]
    public void A_server_that_cannot_be_reached_is_told_with_its_cause(HttpRequestError error, SocketError socket, bool isTransient, string cause)
    {
        _server.Instead = (_, _, _) => throw new HttpRequestException(error, "http://server/?signature=secret", new SocketException((int)socket));

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await _server.Reader().OpenAsync("m", 0, 10, CancellationToken.None));

        Assert.That(e.Message, Does.Contain("'web'").And.Contain(cause).And.Not.Contain("secret"));
        Assert.That(e.IsTransient, Is.EqualTo(isTransient));
    }

    [Test]
    public async Task A_server_that_does_not_answer_is_given_up_on_and_the_setting_is_named(CancellationToken token)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource reached = new();
        _server.Instead = async (_, _, stop) =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            return null;
        };
        var opening = _server.Reader(new HttpReadOptions { AttemptTimeoutSetting = "Providers:0:AttemptTimeout" }, time).OpenAsync("m", 0, 10, token).AsTask();
        await reached.Task;
        time.Advance(TimeSpan.FromSeconds(15));

        Assert.That(async () => await opening, Throws.TypeOf<ModelStorageException>().With.Message.Contains("15 s").And.Message.Contains("Providers:0:AttemptTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task A_caller_that_leaves_is_not_a_failure_of_the_server(CancellationToken token)
    {
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(token);
        _server.Instead = async (_, _, stop) =>
        {
            await leaving.CancelAsync();
            stop.ThrowIfCancellationRequested();
            return null;
        };

        Assert.That(async () => await _server.Reader().OpenAsync("m", 0, 10, leaving.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static async Task<byte[]> ReadAsync(HttpObjectReader reader, long offset, long length, CancellationToken cancellationToken)
    {
        await using var stream = await reader.OpenAsync("m", offset, length, cancellationToken);
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }
}
