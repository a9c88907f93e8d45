using System.Collections.Concurrent;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>
/// The versions that this process has loaded, each once, whatever the number of references to it. A version stays while somebody holds it,
/// and for a while longer, so that an alias that moves back finds it.
/// </summary>
internal sealed class ServedModels(ModelLoader loader, TierUpgrade upgrade, MemoryMeter meter, ServingContext context, ModelManagementOptions options)
{
    private static readonly TimeSpan LeastLinger = TimeSpan.FromSeconds(1);

    private readonly SingleFlight<ServedKey, Entry> _flights = new(context.Clock, options.AbandonAfter, inline: true);
    private readonly Lock _gate = new();
    private readonly Dictionary<ServedKey, Entry> _entries = [];
    private readonly List<Task> _withdrawn = [];

    // Withdrawn versions with leases out, in whose place the same version was loaded anew.
    private readonly List<Entry> _replaced = [];

    // Versions whose files turned out wrong after they had been served are not served again by this process.
    private readonly ConcurrentDictionary<ServedKey, ModelIntegrityException> _distrusted = new();

    private bool _stopped;

    /// <summary>The model of this load, held until the answer is disposed: the one that is there, or a new one.</summary>
    /// <param name="load">What to load.</param>
    /// <param name="holder">Who holds it.</param>
    /// <param name="keepGoing">Whether the load goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="ModelPersistenceException">It cannot be loaded.</exception>
    /// <exception cref="ObjectDisposedException">The host is going down.</exception>
    public async Task<ModelHold> HoldAsync(ModelLoad load, IModelHolder holder, bool keepGoing, CancellationToken cancellationToken)
    {
        var key = ServedKey.Of(load);
        if (_distrusted.TryGetValue(key, out var mismatch))
        {
            throw Again(mismatch);
        }

        while (true)
        {
            var entry = await _flights.RunAsync(key, token => OpenAsync(key, load, token), keepGoing, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                if (!entry.IsGone)
                {
                    ModelHold hold = new(this, entry.Loaded.Served, holder);
                    entry.Holds.Add(hold);
                    entry.LookAtHolds();
                    entry.StopLingering();
                    return hold;
                }
            }
        }
    }

    /// <summary>Ends a hold; once is as good as twice.</summary>
    /// <param name="hold">The hold.</param>
    /// <param name="lingers">Whether the model, where nobody else holds it, stays for <see cref="ModelManagementOptions.SwapLinger"/>.</param>
    public void Release(ModelHold hold, bool lingers)
    {
        lock (_gate)
        {
            if (Find(hold.Served) is not { } entry || !entry.Holds.Remove(hold))
            {
                return;
            }

            entry.LookAtHolds();
            if (entry.Holds.Count > 0)
            {
                return;
            }

            if (lingers && options.SwapLinger > TimeSpan.Zero)
            {
                entry.Linger = context.Clock.CreateTimer(_ => WithdrawUnheld(entry), null, options.SwapLinger, Timeout.InfiniteTimeSpan);
            }
            else
            {
                Withdraw(entry);
            }
        }
    }

    /// <summary>Begins the work behind the start of a model, once: the second tier, its warm-up, hashes that were put off.</summary>
    /// <param name="served">The model.</param>
    /// <param name="grace">Whether requests that waited for the model go first.</param>
    public void BeginUpgrade(ServedModel served, bool grace)
    {
        LoadedModel? loaded;
        lock (_gate)
        {
            if (Find(served) is not { IsUpgrading: false } entry)
            {
                return;
            }

            entry.IsUpgrading = true;
            loaded = entry.Loaded;
        }

        upgrade.Begin(loaded.Load, served, loaded.First, mismatch => Distrust(served, mismatch), grace);
    }

    /// <summary>Watches the runs of a model that has just begun to serve in another's place, and tells all its holders when they go too badly.</summary>
    public void BeginTrial(ServedModel served, RollbackOptions rollback) =>
        served.BeginTrial(rollback, reason => Task.Run(() =>
        {
            // Not on the thread of the request that was too many.
            foreach (var holder in HoldersOf(served))
            {
                holder.OnTripped(served, reason);
            }
        }));

    /// <summary>Withdraws everything, now and later, and says when the last session is gone.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var entry in _entries.Values.ToList())
            {
                Withdraw(entry);
            }

            return Task.WhenAll(_withdrawn);
        }
    }

    /// <summary>What serves or drains, for messages.</summary>
    public IReadOnlyList<ServedModel> All()
    {
        lock (_gate)
        {
            return [.. _entries.Values.Concat(_replaced).Select(static entry => entry.Loaded.Served)];
        }
    }

    private async Task<Entry> OpenAsync(ServedKey key, ModelLoad load, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, typeof(IModelProvider));
            if (_entries.TryGetValue(key, out var known) && !known.IsGone)
            {
                return known;
            }
        }

        Entry entry;
        try
        {
            entry = new Entry(this, key, await loader.OpenAsync(load, cancellationToken).ConfigureAwait(false));
        }
        catch (ModelIntegrityException e)
        {
            context.Feed.Publish(ModelChangeKind.IntegrityFailed, load.DisplayName, load.Resolved.Version, e.Message);
            throw;
        }

        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var draining))
            {
                _replaced.Add(draining);
            }

            _entries[key] = entry;
            if (_stopped)
            {
                Withdraw(entry);
                throw new ObjectDisposedException(nameof(IModelProvider), $"The host stopped while model '{load.DisplayName}' was being loaded.");
            }

            // Whoever asked for it may be gone: nobody holds it yet.
            entry.Linger = context.Clock.CreateTimer(
                _ => WithdrawUnheld(entry), null, options.SwapLinger > LeastLinger ? options.SwapLinger : LeastLinger, Timeout.InfiniteTimeSpan);
        }

        entry.Loaded.Load.Claim?.Attach(entry);
        return entry;
    }

    private bool TryEvict(Entry entry)
    {
        IModelHolder[] holders;
        lock (_gate)
        {
            if (entry.IsGone)
            {
                return true;
            }

            // Whether it is idle is found out and ended in one step: whoever waits for its memory must not wait for a lease that came between.
            if (entry.KeptAs is not null || entry.Loaded.Served.TryWithdrawIdle() is not { } gone)
            {
                return false;
            }

            holders = Withdraw(entry, gone);
        }

        ServingLog.Evicted(context.Logger, entry.Loaded.Served.DisplayName);
        context.Metrics.Evicted(entry.Loaded.Served.Name, "memory");
        Tell(holders, entry.Loaded.Served, null);
        return true;
    }

    /// <summary>The same fault for another caller.</summary>
    public static ModelIntegrityException Again(ModelIntegrityException mismatch) =>
        new(mismatch.Message, mismatch) { Model = mismatch.Model, File = mismatch.File, Expected = mismatch.Expected, Actual = mismatch.Actual };

    private void Distrust(ServedModel served, ModelIntegrityException mismatch)
    {
        served.Mismatch = mismatch;
        IModelHolder[] holders = [];
        lock (_gate)
        {
            if (Find(served) is { } entry)
            {
                _distrusted[entry.Key] = mismatch;
                holders = Withdraw(entry);
            }
        }

        context.Feed.Publish(ModelChangeKind.IntegrityFailed, served.DisplayName, served.Version, mismatch.Message);
        Tell(holders, served, mismatch);
    }

    private IModelHolder[] HoldersOf(ServedModel served)
    {
        lock (_gate)
        {
            return Find(served) is { } entry ? [.. entry.Holds.Select(static hold => hold.Holder)] : [];
        }
    }

    private void WithdrawUnheld(Entry entry)
    {
        lock (_gate)
        {
            // Somebody may have taken hold of it since the timer fired.
            if (entry is { IsGone: false, Holds.Count: 0 })
            {
                Withdraw(entry);
            }
        }
    }

    private IModelHolder[] Withdraw(Entry entry, Task? ended = null)
    {
        if (entry.IsGone)
        {
            return [];
        }

        entry.IsGone = true;
        entry.StopLingering();
        IModelHolder[] holders = [.. entry.Holds.Select(static hold => hold.Holder)];
        entry.Holds.Clear();
        if (!entry.IsUpgrading)
        {
            // Whoever waits for its last tier must not wait for ever.
            entry.Loaded.Served.Settle();
            entry.Loaded.Load.DropInputs();
            entry.Loaded.Load.Release();
        }

        var gone = ended ?? entry.Loaded.Served.WithdrawAsync();
        _withdrawn.RemoveAll(static task => task.IsCompleted);
        _withdrawn.Add(gone);
        if (entry.Loaded.Load.Claim is { } claim)
        {
            // Elsewhere: the budget may ask this class to unload something, which must not happen under its lock.
            ThreadPool.UnsafeQueueUserWorkItem(static claim => claim.Drain(), claim, preferLocal: false);
        }

        _ = gone.ContinueWith(_ => Forget(entry), CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
        return holders;
    }

    private void Forget(Entry entry)
    {
        lock (_gate)
        {
            // Another load of the same version may stand in its place by now.
            if (_entries.TryGetValue(entry.Key, out var current) && ReferenceEquals(current, entry))
            {
                _entries.Remove(entry.Key);
            }

            _replaced.Remove(entry);
        }

        // Only now is the memory free.
        meter.Disturb();
        entry.Loaded.Load.Claim?.Dispose();
        context.Changed();
    }

    private Entry? Find(ServedModel served)
    {
        foreach (var entry in _entries.Values)
        {
            if (ReferenceEquals(entry.Loaded.Served, served) && !entry.IsGone)
            {
                return entry;
            }
        }

        return null;
    }

    private static void Tell(IModelHolder[] holders, ServedModel served, Exception? fault)
    {
        foreach (var holder in holders)
        {
            holder.OnWithdrawn(served, fault);
        }
    }

    private sealed class Entry(ServedModels owner, ServedKey key, LoadedModel loaded) : IMemoryResident
    {
        private volatile string? _keptAs;

        public ServedKey Key => key;

        public string? KeptAs => _keptAs;

        public bool IsIdle => loaded.Served.IsIdle;

        public long LastUsed => loaded.Served.LastUsed;

        public bool TryBeginUnload() => owner.TryEvict(this);

        // Read by the budget under its own lock, which must not wait for this class's.
        public void LookAtHolds() => _keptAs = Holds.Select(static hold => hold.Holder.KeptAs).FirstOrDefault(static kept => kept is not null);

        public LoadedModel Loaded => loaded;

        public HashSet<ModelHold> Holds { get; } = [];

        public ITimer? Linger { get; set; }

        public bool IsUpgrading { get; set; }

        public bool IsGone { get; set; }

        public void StopLingering()
        {
            Linger?.Dispose();
            Linger = null;
        }
    }
}
