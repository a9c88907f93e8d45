namespace ModelPersistence.Serving;

/// <summary>
/// A part of the memory budget that somebody holds. Dispose it when the memory is really free: after the session is. Its state belongs to
/// the budget, which guards it.
/// </summary>
internal sealed class MemoryClaim(MemoryBudget budget, string holder, long bytes) : IDisposable
{
    /// <summary>Whom messages name.</summary>
    public string Holder => holder;

    public long Bytes { get; set; } = bytes;

    /// <summary>Who can be asked to give it back; null while a load or a preparation holds it.</summary>
    public IMemoryResident? Resident { get; set; }

    public MemoryClaimStage Stage { get; set; }

    /// <summary>Says how much it really is. Never refused: what is over the budget is made up for by unloading others.</summary>
    public void Adjust(long actual) => budget.Adjust(this, actual);

    /// <summary>
    /// Says who holds it from now on, so that it can be asked for it. To be called while the first caller's lease is out: others may be
    /// waiting for memory, and what is idle goes before this returns.
    /// </summary>
    public void Attach(IMemoryResident resident) => budget.Attach(this, resident);

    /// <summary>Says that it is withdrawn: it will be disposed when the last lease is given back.</summary>
    public void Drain() => budget.Drain(this);

    /// <summary>
    /// What was claimed beside this is all that is left of the two: this one holds as much from now on, and the other one nothing. In one
    /// step, since for memory that is counted twice others would be unloaded. What was given back already takes nothing over.
    /// </summary>
    public void TakeOver(MemoryClaim other) => budget.TakeOver(this, other);

    public void Dispose() => budget.Release(this);
}
