using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CrossProcessLocksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private bool _isDone;

    private CrossProcessLocks Locks => new(_time);

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_free_lock_is_held_at_once()
    {
        await using var held = await AcquireAsync();

        Assert.That(held.Outcome, Is.EqualTo(LockOutcome.Held));
    }

    [Test]
    public async Task A_lock_is_held_by_one_and_passes_on_when_it_is_released()
    {
        var first = await AcquireAsync();
        var second = AcquireAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(second.IsCompleted, Is.False);

        await first.DisposeAsync();
        await DriveAsync(second);

        await using var held = await second;
        Assert.That(held.Outcome, Is.EqualTo(LockOutcome.Held));
    }

    [Test]
    public async Task A_waiter_goes_home_when_the_work_is_done()
    {
        await using var first = await AcquireAsync();
        var second = AcquireAsync();
        _isDone = true;
        await DriveAsync(second);

        Assert.That((await second).Outcome, Is.EqualTo(LockOutcome.Done));
    }

    [Test]
    public async Task Work_that_was_done_before_the_lock_was_got_is_not_done_again()
    {
        _isDone = true;

        Assert.That((await AcquireAsync()).Outcome, Is.EqualTo(LockOutcome.Done));
        _isDone = false;
        await using var held = await AcquireAsync();
        Assert.That(held.Outcome, Is.EqualTo(LockOutcome.Held));
    }

    [Test]
    public async Task An_owner_whose_heart_beats_is_waited_for()
    {
        await using var first = await AcquireAsync();
        var second = AcquireAsync();

        for (var i = 0; i < 1000; i++)
        {
            // Owner and waiter share this clock, so the owner beats while the waiter looks.
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        Assert.That(second.IsCompleted, Is.False);
        _isDone = true;
        await DriveAsync(second);
    }

    [Test]
    public async Task An_owner_without_a_heartbeat_is_passed_by()
    {
        // An owner that is stopped or hangs: it has the file, its clock stands still.
        await using var first = await new CrossProcessLocks(new ManualTimeProvider()).AcquireAsync(_folder["a.lock"], NotDone, CancellationToken.None);
        var begun = _time.GetTimestamp();
        var second = AcquireAsync();
        await DriveAsync(second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await second).Outcome, Is.EqualTo(LockOutcome.WithoutLock));
            Assert.That(_time.GetElapsedTime(begun), Is.GreaterThanOrEqualTo(CrossProcessLocks.HeartbeatTimeout));
        }
    }

    [Test]
    public async Task Where_no_lock_file_can_be_the_work_is_done_without()
    {
        File.WriteAllText(_folder["file"], "");

        var held = await Locks.AcquireAsync(Path.Combine(_folder["file"], "a.lock"), NotDone, CancellationToken.None);

        Assert.That(held.Outcome, Is.EqualTo(LockOutcome.WithoutLock));
    }

    [Test]
    public async Task A_cancelled_wait_ends_and_leaves_the_lock_alone()
    {
        await using var first = await AcquireAsync();
        using CancellationTokenSource leaving = new();
        var second = Locks.AcquireAsync(_folder["a.lock"], NotDone, leaving.Token).AsTask();
        await leaving.CancelAsync();

        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task No_locks_lock_nothing()
    {
        await using var first = await NoLocks.Instance.AcquireAsync(_folder["a.lock"], NotDone, CancellationToken.None);
        await using var second = await NoLocks.Instance.AcquireAsync(_folder["a.lock"], NotDone, CancellationToken.None);

        Assert.That(second.Outcome, Is.EqualTo(LockOutcome.WithoutLock));
    }

    private static ValueTask<bool> NotDone(CancellationToken cancellationToken) => ValueTask.FromResult(false);

    private Task<HeldLock> AcquireAsync() => Locks.AcquireAsync(_folder["a.lock"], _ => ValueTask.FromResult(_isDone), CancellationToken.None).AsTask();

    private async Task DriveAsync(Task until)
    {
        while (!until.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }
    }
}
