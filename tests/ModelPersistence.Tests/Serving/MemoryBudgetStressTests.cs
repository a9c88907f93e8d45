using System.Collections.Concurrent;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(120_000)]
internal sealed class MemoryBudgetStressTests
{
    private const int Threads = 64;
    private const int Models = 30;
    private const long Bytes = 500;

    /// <summary>The clock stands still, so that a wake-up that is lost is never made up for by a time limit.</summary>
    [Test]
    public async Task Thirty_models_share_a_budget_for_a_few_and_everybody_is_served(CancellationToken token)
    {
        Scene scene = new();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(seed => Task.Run(() => scene.ServeAsync(new Random(seed), requests: 300, token), token)));
        await Task.WhenAll(scene.Unloads);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(scene.Served, Is.EqualTo(Threads * 300));
            Assert.That(scene.Unloaded, Is.GreaterThan(Models));
            Assert.That(scene.Worst, Is.LessThanOrEqualTo(Bytes));
            Assert.That((scene.Budget.Waiting, scene.Budget.HeldBytes), Is.EqualTo((0, scene.Held)));
        }
    }

    private sealed class Scene
    {
        private readonly StressModel[] _models;
        private int _served;
        private int _unloaded;
        private long _held;
        private long _worst;

        public Scene()
        {
            Budget = new MemoryBudget(static () => new MemoryAllowance(Bytes, Bytes, "", ""), TimeSpan.FromSeconds(30), new ManualTimeProvider());
            _models = [.. Enumerable.Range(0, Models).Select(i => new StressModel(this, 60 + (i * 4)))];
        }

        public MemoryBudget Budget { get; }

        public ConcurrentBag<Task> Unloads { get; } = [];

        public int Served => Volatile.Read(ref _served);

        public int Unloaded => Volatile.Read(ref _unloaded);

        public long Held => Interlocked.Read(ref _held);

        /// <summary>The most that was ever held at once, counted by the holders themselves.</summary>
        public long Worst => Interlocked.Read(ref _worst);

        public async Task ServeAsync(Random random, int requests, CancellationToken token)
        {
            for (var i = 0; i < requests; i++)
            {
                var model = _models[random.Next(random.Next(Models) + 1)];
                using var caller = CancellationTokenSource.CreateLinkedTokenSource(token);
                if (random.Next(50) == 0)
                {
                    _ = Task.Run(caller.Cancel, CancellationToken.None);
                }

                await model.UseAsync(caller.Token);
                token.ThrowIfCancellationRequested();
                Interlocked.Increment(ref _served);
            }
        }

        public void Took(long bytes)
        {
            var now = Interlocked.Add(ref _held, bytes);
            for (var worst = Worst; now > worst && Interlocked.CompareExchange(ref _worst, now, worst) != worst; worst = Worst)
            {
            }
        }

        public void Gave(long bytes)
        {
            Interlocked.Add(ref _held, -bytes);
            Interlocked.Increment(ref _unloaded);
        }
    }

    /// <summary>A model with leases, loaded by whoever needs it first, as the provider does it.</summary>
    private sealed class StressModel(Scene scene, long bytes)
    {
        private readonly SemaphoreSlim _loads = new(1);
        private volatile Session? _session;

        public async Task UseAsync(CancellationToken token)
        {
            try
            {
                var session = _session is { } loaded && loaded.TryAcquire() ? loaded : await LoadAsync(token);
                await Task.Yield();
                session.Release();
            }
            catch (OperationCanceledException)
            {
                // The caller left; that must fail nobody else.
            }
        }

        private async Task<Session> LoadAsync(CancellationToken token)
        {
            await _loads.WaitAsync(token);
            try
            {
                if (_session is { } loaded && loaded.TryAcquire())
                {
                    return loaded;
                }

                var claim = await scene.Budget.ClaimAsync("model", bytes, token);
                scene.Took(bytes);
                Session session = new(scene, claim, bytes);

                // Before it can be asked to go: those who wait for memory would have it before whoever it was loaded for.
                session.TryAcquire();
                _session = session;
                claim.Attach(session);
                return session;
            }
            finally
            {
                _loads.Release();
            }
        }
    }

    /// <summary>Counts as a slot does: one for being served, one for each lease, and never up again from zero.</summary>
    private sealed class Session(Scene scene, MemoryClaim claim, long bytes) : IMemoryResident
    {
        private static long _clock;
        private int _count = 1;
        private long _lastUsed;

        public string? KeptAs => null;

        public bool IsIdle => Volatile.Read(ref _count) == 1;

        public long LastUsed => Interlocked.Read(ref _lastUsed);

        public bool TryAcquire()
        {
            for (var count = Volatile.Read(ref _count); count > 0; count = Volatile.Read(ref _count))
            {
                if (Interlocked.CompareExchange(ref _count, count + 1, count) == count)
                {
                    return true;
                }
            }

            return false;
        }

        public void Release()
        {
            Interlocked.Exchange(ref _lastUsed, Interlocked.Increment(ref _clock));
            Interlocked.Decrement(ref _count);
            scene.Budget.NotifyIdle();
        }

        public bool TryBeginUnload()
        {
            if (Interlocked.CompareExchange(ref _count, 0, 1) != 1)
            {
                return false;
            }

            scene.Unloads.Add(Task.Run(Free));
            return true;
        }

        private void Free()
        {
            scene.Gave(bytes);
            claim.Dispose();
        }
    }
}
