using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>
/// Admission of loads to a budget of memory. What was granted never exceeds it, save for one model that is alone and within
/// <see cref="MemoryAllowance.AloneBytes"/>, and for what <see cref="MemoryClaim.Adjust"/> finds out later. Loads that do not fit wait in
/// the order in which they came, while idle models are unloaded, least recently used first and no more than needed.
/// </summary>
/// <remarks>
/// MemoryCache of Microsoft.Extensions.Caching.Memory has a size limit as well, but cannot promise this: it knows of no leases, so it would
/// evict what is in use; over the limit it does not store the new entry and compacts in the background, so that nothing ever waits for room;
/// and an entry is gone from it when it is evicted, not when its memory is free.
/// </remarks>
internal sealed class MemoryBudget(Func<MemoryAllowance> measure, TimeSpan timeout, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private MemoryLedger? _ledger;
    private volatile bool _watching;

    public MemoryBudget(ModelManagementOptions options, TimeProvider clock)
        : this(() => MemoryAllowance.From(options, static () => MemoryLimit.Read()), options.MemoryTimeout, clock)
    {
    }

    /// <summary>How much may be held. Read from the system when it is first asked for.</summary>
    public MemoryAllowance Allowance
    {
        get
        {
            lock (_gate)
            {
                return Ledger.Allowance;
            }
        }
    }

    /// <summary>The bytes that are claimed now.</summary>
    public long HeldBytes
    {
        get
        {
            lock (_gate)
            {
                return Ledger.Held;
            }
        }
    }

    /// <summary>The bytes that are claimed now by what is not idle, so that nobody else can have them.</summary>
    public long BusyBytes
    {
        get
        {
            lock (_gate)
            {
                return Ledger.Held - new MemoryTally(Ledger.Claims).Idle;
            }
        }
    }

    /// <summary>How many loads were refused so far, and what the last of them was told.</summary>
    public (long Count, string? Last) Refusals
    {
        get
        {
            lock (_gate)
            {
                return (Ledger.Refused, Ledger.LastRefusal);
            }
        }
    }

    /// <summary>How many loads wait for room.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return Ledger.Waiters.Count;
            }
        }
    }

    /// <summary>Who holds the memory now.</summary>
    public IReadOnlyList<MemoryHolder> Holders
    {
        get
        {
            lock (_gate)
            {
                return [.. Ledger.Claims.Select(static claim => new MemoryHolder(claim.Holder, claim.Bytes, MemoryRefusal.WhyHeld(claim)))];
            }
        }
    }

    // Only under the lock.
    private MemoryLedger Ledger => _ledger ??= new MemoryLedger(this, measure(), timeout);

    /// <summary>
    /// Claims memory before a load begins; completes at once where there is room. Who holds a claim already and asks for a second one may
    /// wait for others that do the same, until the time is up: ask for everything at once, or use <see cref="TryClaim"/>.
    /// </summary>
    /// <param name="holder">The model, for messages.</param>
    /// <param name="bytes">The private memory the load will take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ModelMemoryException">There is no room, and none was made in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<MemoryClaim> ClaimAsync(string holder, long bytes, CancellationToken cancellationToken) =>
        TryClaim(holder, bytes) is { } claim ? new(claim) : new(WaitAsync(new MemoryWaiter(holder, bytes) { IsOverdue = timeout == TimeSpan.Zero }, cancellationToken));

    /// <summary>Claims memory if there is room now and nobody waits for it; unloads nothing. For work that can also be left undone.</summary>
    public MemoryClaim? TryClaim(string holder, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            return Ledger.Waiters.Count == 0 && Ledger.HasRoom(bytes) ? Ledger.Grant(holder, bytes) : null;
        }
    }

    /// <summary>To be called after a lease was given back. One read while nobody waits for memory.</summary>
    public void NotifyIdle()
    {
        if (_watching)
        {
            MakeRoom();
        }
    }

    internal void Adjust(MemoryClaim claim, long actual)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(actual);
        lock (_gate)
        {
            Ledger.Adjust(claim, actual);
        }

        MakeRoom();
    }

    internal void TakeOver(MemoryClaim claim, MemoryClaim other)
    {
        lock (_gate)
        {
            // What is released already does not change, so that each of the two can be gone before.
            var bytes = other.Stage == MemoryClaimStage.Released ? claim.Bytes : other.Bytes;
            Ledger.Release(other);
            Ledger.Adjust(claim, bytes);
        }

        MakeRoom();
    }

    internal void Attach(MemoryClaim claim, IMemoryResident resident)
    {
        lock (_gate)
        {
            claim.Resident = resident;
        }

        MakeRoom();
    }

    internal void Drain(MemoryClaim claim)
    {
        lock (_gate)
        {
            claim.Stage = claim.Stage == MemoryClaimStage.Held ? MemoryClaimStage.Draining : claim.Stage;
        }

        MakeRoom();
    }

    internal void Release(MemoryClaim claim)
    {
        lock (_gate)
        {
            Ledger.Release(claim);
        }

        MakeRoom();
    }

    private async Task<MemoryClaim> WaitAsync(MemoryWaiter waiter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Ledger.Waiters.Add(waiter);
        }

        // The clock and the caller may end the wait at any moment; whoever takes the waiter from the queue first decides.
        using var timer = timeout > TimeSpan.Zero ? clock.CreateTimer(_ => Expire(waiter), null, timeout, Timeout.InfiniteTimeSpan) : null;
        var registration = cancellationToken.UnsafeRegister(_ => Cancel(waiter, cancellationToken), null);
        try
        {
            MakeRoom();
            return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            registration.Unregister();
        }
    }

    private void Expire(MemoryWaiter waiter)
    {
        lock (_gate)
        {
            waiter.IsOverdue = true;
        }

        MakeRoom();
    }

    private void Cancel(MemoryWaiter waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // One that was granted meanwhile keeps its claim: the caller gets it in spite of the cancellation.
            if (!Ledger.Waiters.Remove(waiter))
            {
                return;
            }
        }

        waiter.TrySetCanceled(cancellationToken);
        MakeRoom();
    }

    /// <summary>Grants, refuses and unloads until nothing more can be done now. Everything that changes the state ends here.</summary>
    private void MakeRoom()
    {
        while (true)
        {
            MemoryClaim? victim;
            lock (_gate)
            {
                victim = Decide();
            }

            if (victim is null)
            {
                return;
            }

            // Without the lock: unloading may free the memory at once, on this thread, and come back here.
            if (!victim.Resident!.TryBeginUnload())
            {
                lock (_gate)
                {
                    // A lease came between. Look again: it may be idle once more, and whoever told so thought that it was leaving.
                    victim.Stage = victim.Stage == MemoryClaimStage.Leaving ? MemoryClaimStage.Held : victim.Stage;
                }
            }
        }
    }

    /// <summary>Grants and refuses what can be; then what is to be unloaded next, marked as leaving, or null.</summary>
    private MemoryClaim? Decide()
    {
        while (true)
        {
            Ledger.GrantInOrder();

            // A lease is given back first and told of then, where this says that it is of interest; here that is said first, and then who is
            // idle is looked at. So one of the two always sees the other. The barrier keeps the order, as the lease's decrement does.
            _watching = Ledger.IsShort;
            if (!_watching)
            {
                return null;
            }

            Interlocked.MemoryBarrier();
            MemoryTally tally = new(Ledger.Claims);
            if (!Ledger.RefuseOne(tally))
            {
                // Where nothing can become idle, leases need not tell.
                _watching = Ledger.Waiters.Count > 0 || tally.IsAnyInUse;
                return Ledger.Choose(tally);
            }
        }
    }
}
