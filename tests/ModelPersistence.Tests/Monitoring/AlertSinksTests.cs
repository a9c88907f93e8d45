using ModelPersistence.Monitoring;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AlertSinksTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly SinkScript _sink = new();

    [TearDown]
    public void DisposeLog() => _log.Dispose();

    [Test]
    public void Nothing_is_made_before_the_first_alert()
    {
        var made = 0;
        using AlertSinks sinks = new(Create, _clock, _log);
        sinks.Publish([]);
        Assert.That(made, Is.Zero);
        sinks.Publish([Alerts.Numbered(1)]);
        sinks.Publish([Alerts.Numbered(2)]);
        Assert.That(made, Is.EqualTo(1));

        IEnumerable<IAlertSink> Create()
        {
            made++;
            yield return _sink;
        }
    }

    [Test]
    public async Task All_sinks_hear_everything_in_order(CancellationToken token)
    {
        SinkScript other = new();
        using AlertSinks sinks = new(() => [_sink, other], _clock, _log);
        sinks.Publish([Alerts.Numbered(1), Alerts.Numbered(2)]);
        sinks.Publish([Alerts.Numbered(3)]);
        await _sink.UntilAsync(static sink => sink.Taken.Count == 3, token);
        await other.UntilAsync(static sink => sink.Taken.Count == 3, token);
        Assert.That(_sink.Taken.Select(static alert => alert.Id), Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public async Task A_sink_that_hangs_loses_the_oldest_and_holds_up_nobody(CancellationToken token)
    {
        const int Sent = SinkQueue.Most + 50;
        TaskCompletionSource gate = new();
        _sink.Gate = gate.Task;
        SinkScript other = new();
        using AlertSinks sinks = new(() => [_sink, other], _clock, _log);
        sinks.Publish([Alerts.Numbered(0)]);
        await _sink.UntilAsync(static sink => sink.Begun == 1, token);
        for (var i = 1; i <= Sent; i++)
        {
            sinks.Publish([Alerts.Numbered(i)]);
            await other.UntilAsync(sink => sink.Taken.Count == i + 1, token);
        }

        gate.SetResult();
        await _sink.UntilAsync(static sink => sink.Taken.Count == SinkQueue.Most + 1, token);
        await sinks.StopAsync(token);
        using var all = Assert.EnterMultipleScope();
        Assert.That(_sink.Taken.Select(static alert => alert.Id).Skip(1), Is.EqualTo(Enumerable.Range(51, SinkQueue.Most).Select(static i => $"{i}")));
        Assert.That(_log.Messages.Where(static line => line.Contains("drop", StringComparison.Ordinal)), Has.Exactly(2).Items, "Once when it began, once when it was over.");
        Assert.That(_log.Messages, Has.One.Contains("50 alerts were dropped"));
    }

    [Test]
    public async Task What_a_sink_throws_is_logged_and_the_next_alert_goes_on(CancellationToken token)
    {
        using AlertSinks sinks = new(() => [_sink], _clock, _log);
        _sink.Failure = new InvalidOperationException("The pager is off.");
        sinks.Publish([Alerts.Numbered(1)]);
        await UntilLoggedAsync("The pager is off.", token);
        _sink.Failure = null;
        sinks.Publish([Alerts.Numbered(2)]);
        await _sink.UntilAsync(static sink => sink.Taken.Count == 1, token);
        Assert.That(_sink.Taken.Single().Id, Is.EqualTo("2"));
    }

    [Test]
    public async Task A_sink_that_cannot_be_made_does_not_silence_the_others(CancellationToken token)
    {
        using AlertSinks sinks = new(Create, _clock, _log);
        sinks.Publish([Alerts.Numbered(1)]);
        await _sink.UntilAsync(static sink => sink.Taken.Count == 1, token);
        Assert.That(_log.Messages, Has.One.Contains("could not be made"));

        IEnumerable<IAlertSink> Create()
        {
            yield return _sink;
            throw new InvalidOperationException("There is no pager.");
        }
    }

    [Test]
    public async Task A_shutdown_waits_for_what_is_on_its_way(CancellationToken token)
    {
        TaskCompletionSource gate = new();
        _sink.Gate = gate.Task;
        using AlertSinks sinks = new(() => [_sink], _clock, _log);
        sinks.Publish([Alerts.Numbered(1), Alerts.Numbered(2)]);
        var stopping = sinks.StopAsync(token);
        Assert.That(stopping.IsCompleted, Is.False);
        gate.SetResult();
        await stopping.WaitAsync(token);
        Assert.That(_sink.Taken, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_shutdown_abandons_a_sink_that_hangs_after_a_second(CancellationToken token)
    {
        _sink.Gate = new TaskCompletionSource().Task;
        using AlertSinks sinks = new(() => [_sink], _clock, _log);
        sinks.Publish([Alerts.Numbered(1), Alerts.Numbered(2), Alerts.Numbered(3)]);
        await _sink.UntilAsync(static sink => sink.Begun == 1, token);
        var stopping = sinks.StopAsync(token);
        _clock.Advance(AlertSinks.LastFlush - TimeSpan.FromMilliseconds(1));
        Assert.That(stopping.IsCompleted, Is.False);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await stopping.WaitAsync(token);
        Assert.That(_log.Messages, Has.One.Contains("3 alerts that sink SinkScript had not taken yet are abandoned"));
        sinks.Publish([Alerts.Numbered(4)]);
        Assert.That(_sink.Begun, Is.EqualTo(1));
    }

    [Test]
    public async Task A_shutdown_abandons_a_sink_that_blocks_its_thread(CancellationToken token)
    {
        using ManualResetEventSlim never = new();
        using AlertSinks sinks = new(() => [new BlockingSink(never)], _clock, _log);
        sinks.Publish([Alerts.Numbered(1)]);
        var stopping = sinks.StopAsync(token);
        _clock.Advance(AlertSinks.LastFlush);
        await stopping.WaitAsync(token);
        never.Set();
    }

    [Test]
    public async Task The_log_says_what_was_raised_and_what_is_over(CancellationToken token)
    {
        LogAlertSink sink = new(_log);
        await sink.SendAsync(Alerts.Numbered(1), token);
        await sink.SendAsync(Alerts.Numbered(1) with { ResolvedAt = Alerts.Numbered(1).Since.AddMinutes(2) }, token);
        Assert.That(_log.Messages, Is.EqualTo(new[] { "Alert ErrorRate: Too many.", "Alert ErrorRate is resolved after 120 s. It was: Too many." }));
    }

    private async Task UntilLoggedAsync(string text, CancellationToken token)
    {
        while (!_log.Messages.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class BlockingSink(ManualResetEventSlim until) : IAlertSink
    {
        public Task SendAsync(Alert alert, CancellationToken cancellationToken)
        {
            until.Wait(CancellationToken.None);
            return Task.CompletedTask;
        }
    }
}
