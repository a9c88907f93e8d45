using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(60_000)]
internal sealed class ModelSlotTests
{
    private ServedModel _model = null!;
    private ServingContext _context = null!;
    private int _disposals;

    [SetUp]
    public void CreateModel()
    {
        _context = new ServingContext(TimeProvider.System, NullLogger.Instance, TimeSpan.FromMinutes(1));
        _model = new ServedModel("add", ModelVersion.Parse("1.0.0"), null, new LoadRecorder(TimeProvider.System, TimeProvider.System.GetTimestamp()), _context);
        _disposals = 0;
    }

    [TearDown]
    public void DisposeContext() => _context.Dispose();

    [Test]
    public async Task Last_release_disposes_the_session_and_then_what_it_stands_on(CancellationToken token)
    {
        var slot = Open();
        Assert.That(slot.TryAcquire(), Is.True);
        slot.Withdraw();
        Assert.That(slot.Disposed.IsCompleted, Is.False);
        slot.Release();
        await slot.Disposed.WaitAsync(token);
        Assert.That(_disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task A_slot_never_revives_from_zero(CancellationToken token)
    {
        var slot = Open();
        slot.Withdraw();
        Assert.That(slot.TryAcquire(), Is.False);
        await slot.Disposed.WaitAsync(token);
    }

    [Test]
    public async Task Withdrawing_twice_gives_up_one_count(CancellationToken token)
    {
        var slot = Open();
        slot.TryAcquire();
        slot.Withdraw();
        slot.Withdraw();
        Assert.That(slot.Disposed.IsCompleted, Is.False);
        slot.Release();
        await slot.Disposed.WaitAsync(token);
    }

    [Test]
    public async Task Leases_taken_during_swaps_always_run(CancellationToken token)
    {
        _model.Publish(OpenSession(), SessionTier.Original);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            var runs = 0;
            while (!stop.IsCancellationRequested)
            {
                using var lease = _model.TryLease() ?? throw new InvalidOperationException("A reader found no live slot.");
                using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
                runs++;
            }

            return runs;
        }, token)).ToArray();
        for (var swap = 0; swap < 30; swap++)
        {
            Assert.That(_model.Publish(OpenSession(), SessionTier.Packed), Is.True);
            await Task.Yield();
        }

        await stop.CancelAsync();
        var counts = await Task.WhenAll(callers);
        await _model.WithdrawAsync().WaitAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(counts, Has.All.GreaterThan(0));
            Assert.That(_disposals, Is.EqualTo(31));
            Assert.That(_model.State, Is.EqualTo(ModelState.Disposed));
        }
    }

    [Test]
    public async Task An_owner_who_withdraws_waits_for_32_threads_that_hold_leases(CancellationToken token)
    {
        _model.Publish(OpenSession(), SessionTier.Original);
        using var allHold = new CountdownEvent(32);
        var goOn = new TaskCompletionSource();
        var holders = Enumerable.Range(0, 32).Select(_ => Task.Factory.StartNew(() =>
        {
            using var lease = _model.TryLease()!;
            allHold.Signal();
            goOn.Task.Wait(token);
            using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
            return outputs.Values<float>("y")[0];
        }, token, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        allHold.Wait(token);
        var withdrawn = _model.WithdrawAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(withdrawn.IsCompleted, Is.False);
            Assert.That(_model.TryLease(), Is.Null);
            Assert.That(_disposals, Is.Zero);
        }

        goOn.SetResult();
        Assert.That(await Task.WhenAll(holders), Has.All.EqualTo(1f));
        await withdrawn.WaitAsync(token);
        Assert.That(_disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task A_lease_that_is_disposed_during_its_own_run_keeps_the_session_to_the_runs_end(CancellationToken token)
    {
        _model.Publish(OpenSession(), SessionTier.Original);
        var slot = _model.Current!;
        var lease = _model.TryLease()!;
        var withdrawn = Task.CompletedTask;
        var names = new Hooked(["x"], () =>
        {
            // The run has begun, or it would not look at its inputs.
            lease.Dispose();
            withdrawn = _model.WithdrawAsync();
            if (!slot.TryAcquire())
            {
                throw new InvalidOperationException("The session is gone: the run would end the process.");
            }

            slot.Release();
        });
        using (var value = OrtValue.CreateTensorValueFromMemory(new float[1024], [1, 1024]))
        using (var outputs = lease.Run(names, [value]))
        {
            Assert.That(outputs.Values<float>("y")[0], Is.EqualTo(1f));
        }

        await withdrawn.WaitAsync(token);
        Assert.That(_disposals, Is.EqualTo(1));
    }

    [Test]
    public void A_model_that_was_withdrawn_takes_no_further_session()
    {
        _model.Publish(OpenSession(), SessionTier.Original);
        _ = _model.WithdrawAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_model.Publish(OpenSession(), SessionTier.Packed), Is.False);
            Assert.That(_model.TryLease(), Is.Null);
        }
    }

    private ModelSlot Open() => new(_model, OpenSession(), SessionTier.Original);

    private OpenedSession OpenSession() =>
        new(new InferenceSession(TestModels.Add().ToArray()), new Foundation(() => Interlocked.Increment(ref _disposals)));

    private sealed class Hooked(string[] names, Action onFirstLook) : IReadOnlyCollection<string>
    {
        private Action? _onFirstLook = onFirstLook;

        public int Count
        {
            get
            {
                Interlocked.Exchange(ref _onFirstLook, null)?.Invoke();
                return names.Length;
            }
        }

        public IEnumerator<string> GetEnumerator()
        {
            Interlocked.Exchange(ref _onFirstLook, null)?.Invoke();
            return names.AsEnumerable().GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Foundation(Action disposed) : IDisposable
    {
        public void Dispose() => disposed();
    }
}
