using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class SingleFlightTests
{
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SingleFlight<string, int> _flights = null!;
    private int _runs;
    private CancellationToken _token;

    [SetUp]
    public void Create() => _flights = new SingleFlight<string, int>(_time, AbandonAfter);

    [Test]
    public async Task Any_number_of_callers_share_one_run()
    {
        var callers = Enumerable.Range(0, 50).Select(_ => Run()).ToList();
        _end.SetResult(7);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Task.WhenAll(callers), Has.All.EqualTo(7));
            Assert.That(_runs, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Different_keys_run_beside_each_other()
    {
        var callers = new[] { Run("a"), Run("b") };
        _end.SetResult(7);
        await Task.WhenAll(callers);

        Assert.That(_runs, Is.EqualTo(2));
    }

    [Test]
    public async Task Results_are_not_kept()
    {
        _end.SetResult(7);
        await Run();
        await Run();

        Assert.That(_runs, Is.EqualTo(2));
    }

    [Test]
    public async Task A_callers_cancellation_ends_only_its_own_wait()
    {
        using CancellationTokenSource leaving = new();
        var (leaver, stayer) = (Run(cancellationToken: leaving.Token), Run());
        await leaving.CancelAsync();

        Assert.That(async () => await leaver, Throws.InstanceOf<OperationCanceledException>());
        _time.Advance(AbandonAfter * 10);
        Assert.That(_token.IsCancellationRequested, Is.False);
        _end.SetResult(7);
        Assert.That(await stayer, Is.EqualTo(7));
    }

    [Test]
    public async Task Work_ends_a_while_after_its_last_waiter_left()
    {
        await LeaveAsync();

        _time.Advance(AbandonAfter - TimeSpan.FromSeconds(1));
        Assert.That(_token.IsCancellationRequested, Is.False);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_token.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task Somebody_who_comes_in_time_saves_the_work()
    {
        await LeaveAsync();
        _time.Advance(AbandonAfter / 2);
        var late = Run();
        _time.Advance(AbandonAfter * 2);
        _end.SetResult(7);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await late, Is.EqualTo(7));
            Assert.That(_runs, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Somebody_who_comes_after_it_was_given_up_starts_anew()
    {
        await LeaveAsync();
        _time.Advance(AbandonAfter);
        var late = Run();
        _end.SetResult(7);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await late, Is.EqualTo(7));
            Assert.That(_runs, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task Work_that_keeps_going_is_never_given_up()
    {
        await LeaveAsync(keepGoing: true);
        _time.Advance(AbandonAfter * 100);

        Assert.That(_token.IsCancellationRequested, Is.False);
    }

    [Test]
    public void A_fault_reaches_every_waiter()
    {
        var callers = new[] { Run(), Run() };
        _end.SetException(new InvalidDataException("broken"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await callers[0], Throws.TypeOf<InvalidDataException>());
            Assert.That(async () => await callers[1], Throws.TypeOf<InvalidDataException>());
        }
    }

    [Test]
    public void A_caller_that_was_cancelled_before_starts_nothing()
    {
        Assert.That(async () => await Run(cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_runs, Is.Zero);
    }

    private async Task LeaveAsync(bool keepGoing = false)
    {
        using CancellationTokenSource leaving = new();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = Run(keepGoing: keepGoing, cancellationToken: leaving.Token, started: started);
        await started.Task;
        await leaving.CancelAsync();
        Assert.That(async () => await caller, Throws.InstanceOf<OperationCanceledException>());
    }

    private Task<int> Run(string key = "key", bool keepGoing = false, TaskCompletionSource? started = null, CancellationToken cancellationToken = default) =>
        _flights.RunAsync(key, async token =>
        {
            Interlocked.Increment(ref _runs);
            _token = token;
            started?.SetResult();
            return await _end.Task.WaitAsync(token);
        }, keepGoing, cancellationToken);
}
