using System.Text;
using System.Text.Json;
using ModelPersistence.Configuration;
using ModelPersistence.Monitoring;
using ModelPersistence.Tests.Documentation;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WebhookAlertSinkTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly PauselessClock _pauseless;
    private WebhookReceiver _receiver = null!;

    public WebhookAlertSinkTests() => _pauseless = new PauselessClock(_clock);

    [SetUp]
    public async Task StartReceiver() => _receiver = await WebhookReceiver.StartAsync();

    [TearDown]
    public async Task StopReceiver()
    {
        await _receiver.DisposeAsync();
        _log.Dispose();
    }

    [Test]
    public async Task A_post_is_json_that_the_receiver_can_prove_to_be_ours(CancellationToken token)
    {
        using WebhookAlertSink sink = new(_receiver.Options, _clock, _log);
        await sink.SendAsync(Alerts.Numbered(1), token);
        var post = await _receiver.NextAsync(token);
        using var all = Assert.EnterMultipleScope();
        Assert.That((post.Method, post.Path, post.ContentType), Is.EqualTo(("POST", "/hooks/T0K3N", "application/json")));
        Assert.That(AlertSnippets.IsGenuine(post.Signature, post.Body, WebhookReceiver.Secret, _clock.GetUtcNow()), Is.True);
        Assert.That(
            Encoding.UTF8.GetString(post.Body),
            Is.EqualTo("""{"id":"1","status":"raised","rule":"error_rate","severity":"error","model":"add","version":"1.0.0","message":"Too many.","value":0.25,"bound":0.05,"since":"2026-01-01T00:00:00+00:00","resolved_at":null,"host":"HOST"}"""
                .Replace("HOST", Environment.MachineName, StringComparison.Ordinal)));
    }

    [Test]
    public async Task What_was_changed_or_is_old_or_of_somebody_else_is_not_taken_for_ours(CancellationToken token)
    {
        using WebhookAlertSink sink = new(_receiver.Options, _clock, _log);
        await sink.SendAsync(Alerts.Numbered(1), token);
        var (now, post) = (_clock.GetUtcNow(), await _receiver.NextAsync(token));
        byte[] changed = [.. post.Body];
        changed[10] ^= 1;
        using var all = Assert.EnterMultipleScope();
        Assert.That(AlertSnippets.IsGenuine(post.Signature, changed, WebhookReceiver.Secret, now), Is.False);
        Assert.That(AlertSnippets.IsGenuine(post.Signature, post.Body, "another secret, as long", now), Is.False);
        Assert.That(AlertSnippets.IsGenuine(post.Signature, post.Body, WebhookReceiver.Secret, now.AddMinutes(6)), Is.False);
        Assert.That(AlertSnippets.IsGenuine(post.Signature.Replace("t=1", "t=2", StringComparison.Ordinal), post.Body, WebhookReceiver.Secret, now), Is.False);
        Assert.That(AlertSnippets.IsGenuine("", post.Body, WebhookReceiver.Secret, now), Is.False);
        Assert.That(AlertSnippets.IsGenuine("t=x,v1=zz", post.Body, WebhookReceiver.Secret, now), Is.False);
    }

    [Test]
    public void The_signature_is_the_one_other_tools_compute() =>
        // printf '1767225600.{}' | openssl dgst -sha256 -hmac 'key'
        Assert.That(
            WebhookSignature.Create("key", DateTimeOffset.FromUnixTimeSeconds(1_767_225_600), "{}"u8),
            Is.EqualTo("t=1767225600,v1=df344de429b8ee672e1863e0008fdbd0080000536fbccdf0e4f89846acbbe872"));

    [TestCase(500)]
    [TestCase(503)]
    [TestCase(408)]
    [TestCase(429)]
    public async Task What_may_pass_is_tried_again_and_signed_anew(int status, CancellationToken token)
    {
        _receiver.Answer(status);
        _receiver.Answer(status);
        using WebhookAlertSink sink = new(_receiver.Options, _pauseless, _log);
        await sink.SendAsync(Alerts.Numbered(1), token);
        var posts = new[] { await _receiver.NextAsync(token), await _receiver.NextAsync(token), await _receiver.NextAsync(token) };
        using var all = Assert.EnterMultipleScope();
        Assert.That(posts.Select(static post => Encoding.UTF8.GetString(post.Body)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(posts[2].Signature, Is.Not.EqualTo(posts[0].Signature));
        Assert.That(AlertSnippets.IsGenuine(posts[2].Signature, posts[2].Body, WebhookReceiver.Secret, _clock.GetUtcNow()), Is.True);
        Assert.That(_receiver.TryNext(out _), Is.False);
    }

    [TestCase(400)]
    [TestCase(401)]
    [TestCase(404)]
    [TestCase(410)]
    [TestCase(301)]
    [TestCase(307)]
    public async Task What_the_receiver_refuses_is_not_tried_again_nor_taken_elsewhere(int status, CancellationToken token)
    {
        _receiver.Answer(status);
        using WebhookAlertSink sink = new(_receiver.Options, _clock, _log);
        Assert.That(
            async () => await sink.SendAsync(Alerts.Numbered(1), token),
            Throws.InstanceOf<HttpRequestException>().With.Message.Contain("given up after 1 attempt").And.Message.Contain($"{status}"));
        await _receiver.NextAsync(token);
        Assert.That(_receiver.TryNext(out _), Is.False);
    }

    [Test]
    public void It_is_given_up_after_so_many_attempts(CancellationToken token)
    {
        _receiver.Options.MaxAttempts = 3;
        for (var i = 0; i < 4; i++)
        {
            _receiver.Answer(500);
        }

        using WebhookAlertSink sink = new(_receiver.Options, _pauseless, _log);
        using var all = Assert.EnterMultipleScope();
        Assert.That(async () => await sink.SendAsync(Alerts.Numbered(1), token), Throws.InstanceOf<HttpRequestException>().With.Message.Contain("after 3 attempts"));
        Assert.That(_receiver.Answers, Has.Count.EqualTo(1));
    }

    [TestCase("100")]
    [TestCase("Thu, 01 Jan 2026 00:01:40 GMT")]
    public async Task The_receiver_says_when_it_wants_to_be_asked_again(string retryAfter, CancellationToken token)
    {
        _receiver.Answer(503, retryAfter);
        using WebhookAlertSink sink = new(_receiver.Options, _pauseless, _log);
        var begun = _clock.GetUtcNow();
        await sink.SendAsync(Alerts.Numbered(1), token);
        Assert.That((_clock.GetUtcNow() - begun).TotalSeconds, Is.InRange(100, 103));
    }

    [Test]
    public void Delays_double_up_to_a_minute_and_a_wish_is_heeded_within_reason()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Enumerable.Range(1, 8).Select(static attempt => WebhookBackoff.After(attempt, null, 0.5).TotalSeconds), Is.EqualTo(new[] { 1, 2, 4, 8, 16, 32, 60, 60 }));
        Assert.That(WebhookBackoff.After(1, null, 0).TotalSeconds, Is.EqualTo(0.75));
        Assert.That(WebhookBackoff.After(1, TimeSpan.FromSeconds(30), 0.5).TotalSeconds, Is.EqualTo(31));
        Assert.That(WebhookBackoff.After(1, TimeSpan.FromHours(30), 0.5).TotalSeconds, Is.EqualTo(301));
        Assert.That(WebhookBackoff.After(1, TimeSpan.FromSeconds(-30), 0.5).TotalSeconds, Is.EqualTo(1));
    }

    [Test]
    public async Task A_receiver_that_does_not_answer_is_left_after_the_time_out(CancellationToken token)
    {
        TaskCompletionSource hung = new();
        _receiver.Answers.Enqueue(context => hung.Task.WaitAsync(context.RequestAborted));
        using WebhookAlertSink sink = new(_receiver.Options, _pauseless, _log);
        var sending = sink.SendAsync(Alerts.Numbered(1), token);
        await _receiver.NextAsync(token);
        _clock.Advance(_receiver.Options.Timeout - TimeSpan.FromMilliseconds(1));
        Assert.That(sending.IsCompleted, Is.False);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await sending;
        Assert.That(_receiver.TryNext(out _), Is.True);
    }

    [Test]
    public async Task A_receiver_that_is_down_is_tried_again(CancellationToken token)
    {
        var options = _receiver.Options;
        options.MaxAttempts = 2;
        await _receiver.DisposeAsync();
        using WebhookAlertSink sink = new(options, _pauseless, _log);
        Assert.That(async () => await sink.SendAsync(Alerts.Numbered(1), token), Throws.InstanceOf<HttpRequestException>().With.Message.Contain("after 2 attempts: it could not be reached (ConnectionError)"));
    }

    [Test]
    public async Task Neither_secret_nor_path_shows_in_logs_or_exceptions(CancellationToken token)
    {
        _receiver.Answer(500);
        _receiver.Answer(404);
        using AlertSinks sinks = new(() => [new WebhookAlertSink(_receiver.Options, _pauseless, _log)], _clock, _log);
        sinks.Publish([Alerts.Numbered(1)]);
        while (!_log.Messages.Any(static line => line.Contains("given up", StringComparison.Ordinal)))
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }


        using var all = Assert.EnterMultipleScope();
        Assert.That(_log.Messages, Has.One.Contains("tried again").And.One.Contains("given up after 2 attempts: it answered 404"));
        Assert.That(_log.Messages, Has.None.Contains(WebhookReceiver.Secret).And.None.Contains("T0K3N"));
    }

    [Test]
    public async Task A_receiver_that_hangs_holds_up_no_shutdown(CancellationToken token)
    {
        _receiver.Answers.Enqueue(static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using AlertSinks sinks = new(() => [new WebhookAlertSink(_receiver.Options, _clock, _log)], _clock, _log);
        sinks.Publish([Alerts.Numbered(1)]);
        await _receiver.NextAsync(token);
        var stopping = sinks.StopAsync(token);
        _clock.Advance(AlertSinks.LastFlush);
        await stopping.WaitAsync(token);
    }

    [Test]
    public void The_names_of_rules_and_severities_are_those_of_json()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Enum.GetValues<AlertRule>().Select(static rule => AlertJson.NameOf(rule)), Is.EqualTo(new[] { "error_rate", "latency", "load_failure", "memory", "integrity", "rollback", "drift" }));
        Assert.That(JsonDocument.Parse(AlertJson.Write(Alerts.Numbered(1) with { Model = null, Version = null, Value = double.NaN, Bound = null }, "h")).RootElement.GetProperty("value").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    /// <summary>The test's clock, which jumps over pauses between attempts; time-outs stand still.</summary>
    private sealed class PauselessClock(ManualTimeProvider manual) : TimeProvider
    {
        private static readonly TimeSpan TimeOut = new WebhookOptions().Timeout;

        public override long TimestampFrequency => manual.TimestampFrequency;

        public override long GetTimestamp() => manual.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => manual.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimeOut || dueTime < TimeSpan.Zero)
            {
                return manual.CreateTimer(callback, state, dueTime, period);
            }

            manual.Advance(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
