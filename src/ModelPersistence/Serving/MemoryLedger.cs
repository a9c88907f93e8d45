namespace ModelPersistence.Serving;

/// <summary>The claims on a budget and who waits for one: what can be granted, who waits in vain, who is to be unloaded. Its owner holds the lock.</summary>
internal sealed class MemoryLedger(MemoryBudget owner, MemoryAllowance allowance, TimeSpan timeout)
{
    public MemoryAllowance Allowance => allowance;

    public List<MemoryClaim> Claims { get; } = [];

    /// <summary>In the order in which they came.</summary>
    public List<MemoryWaiter> Waiters { get; } = [];

    public long Held { get; private set; }

    /// <summary>How many waited in vain so far.</summary>
    public long Refused { get; private set; }

    /// <summary>What the last of them was told.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Whether somebody waits, or more is held than should be. A model that is alone may be over the budget: unloading it would help nobody.</summary>
    public bool IsShort => Waiters.Count > 0 || (Held > allowance.Bytes && Claims.Count > 1);

    public bool HasRoom(long bytes) => bytes <= allowance.Bytes - Held || (Held == 0 && bytes <= allowance.AloneBytes);

    public MemoryClaim Grant(string holder, long bytes)
    {
        MemoryClaim claim = new(owner, holder, bytes);
        Claims.Add(claim);
        Held += bytes;
        return claim;
    }

    public void Adjust(MemoryClaim claim, long actual)
    {
        if (claim.Stage != MemoryClaimStage.Released)
        {
            Held += actual - claim.Bytes;
            claim.Bytes = actual;
        }
    }

    public void Release(MemoryClaim claim)
    {
        if (claim.Stage != MemoryClaimStage.Released)
        {
            claim.Stage = MemoryClaimStage.Released;
            Claims.Remove(claim);
            Held -= claim.Bytes;
        }
    }

    /// <summary>Nobody is passed by: a large demand at the head would never find room otherwise.</summary>
    public void GrantInOrder()
    {
        while (Waiters is [var first, ..] && HasRoom(first.Bytes))
        {
            Waiters.RemoveAt(0);
            first.TrySetResult(Grant(first.Holder, first.Bytes));
        }
    }

    /// <summary>Refuses the first waiter that waits in vain. Others may fit then, or are to be judged anew.</summary>
    public bool RefuseOne(MemoryTally tally)
    {
        long demand = 0;
        foreach (var waiter in Waiters)
        {
            demand = Sum(demand, waiter.Bytes);
            if (WhyInVain(waiter, demand, tally) is { } refusal)
            {
                Waiters.Remove(waiter);
                (Refused, LastRefusal) = (Refused + 1, refusal.Message);
                waiter.TrySetException(refusal);
                return true;
            }
        }

        return false;
    }

    /// <summary>What is to be unloaded for those who wait, marked as leaving; null where enough is on its way out, or nothing is idle.</summary>
    public MemoryClaim? Choose(MemoryTally tally)
    {
        long demand = 0;
        var isAnyOverdue = false;
        foreach (var waiter in Waiters)
        {
            demand = Sum(demand, waiter.Bytes);
            isAnyOverdue |= waiter.IsOverdue;
        }

        // Whoever has waited long enough for leases does not go on counting on them.
        var coming = tally.Leaving + (isAnyOverdue ? 0 : tally.Draining);
        if (Missing(demand) <= coming || tally.Oldest is not { } victim)
        {
            return null;
        }

        victim.Stage = MemoryClaimStage.Leaving;
        return victim;
    }

    private Models.ModelMemoryException? WhyInVain(MemoryWaiter waiter, long demand, MemoryTally tally) =>
        waiter.Bytes > allowance.AloneBytes ? MemoryRefusal.TooLarge(allowance, waiter.Holder, waiter.Bytes)
        : tally.Kept > 0 && waiter.Bytes > allowance.Bytes - tally.Kept ? MemoryRefusal.Kept(allowance, waiter.Holder, waiter.Bytes, Claims)
        : waiter.IsOverdue && Missing(demand) > tally.Leaving + tally.Idle ? MemoryRefusal.Busy(allowance, waiter.Holder, waiter.Bytes, Claims, timeout)
        : null;

    /// <summary>How much of what is held must come back for so much to be granted. For one that is to be alone that is all of it.</summary>
    private long Missing(long demand) => Math.Min(Held, Held + demand - allowance.Bytes);

    // Many large demands at once must not overflow.
    private static long Sum(long demand, long bytes) => demand + Math.Min(bytes, (2 * MemoryAllowance.Most) - demand);
}
