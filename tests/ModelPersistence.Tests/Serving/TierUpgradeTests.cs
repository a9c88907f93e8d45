using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>What goes on behind a model's start, beside its requests and beside the host's end.</summary>
[CancelAfter(60_000)]
internal sealed class TierUpgradeTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_session_that_is_warmed_while_it_serves_outlives_the_runs_when_the_host_stops(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        WatchedClock clock = new();
        await using var host = new TestHost(
            _folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]), o => o.Prepare = false, services: s => s.AddSingleton<TimeProvider>(clock));
        ModelSlot slot;
        using (await host.Models.GetAsync("add", token))
        {
            slot = host.Services.GetRequiredService<ServedModels>().All().Single().Current!;
        }

        TaskCompletionSource<bool> held = new();
        var drained = Task.CompletedTask;
        clock.OnTimestamp = () =>
        {
            // The first look at the clock is the warm-up's, about to run.
            clock.OnTimestamp = null;
            drained = host.Services.GetRequiredService<ModelProvider>().DrainAsync(CancellationToken.None);
            var isHeld = slot.TryAcquire();
            held.SetResult(isHeld);
            if (!isHeld)
            {
                throw new InvalidOperationException("The session is gone: running it would end the process.");
            }

            slot.Release();
        };
        while (!held.Task.IsCompleted)
        {
            clock.Manual.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.That(await held.Task, Is.True);
        await drained.WaitAsync(token);
        Assert.That(slot.Disposed.IsCompleted, Is.True);
    }

    private sealed class WatchedClock : TimeProvider
    {
        public ManualTimeProvider Manual { get; } = new();

        public Action? OnTimestamp { get; set; }

        public override long TimestampFrequency => Manual.TimestampFrequency;

        public override long GetTimestamp()
        {
            OnTimestamp?.Invoke();
            return Manual.GetTimestamp();
        }

        public override DateTimeOffset GetUtcNow() => Manual.GetUtcNow();

        // The tick of coarse time looks at the clock too, which would be taken for the warm-up.
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Manual.CreateTimer(period == Timeout.InfiniteTimeSpan ? callback : static _ => { }, state, dueTime, period);
    }
}
