namespace ModelPersistence.Store;

/// <summary>How a wait for a lock ended.</summary>
internal enum LockOutcome
{
    Held,

    /// <summary>Somebody else finished the work.</summary>
    Done,

    /// <summary>There are no locks here, or their owner shows no sign of life: do the work all the same.</summary>
    WithoutLock,
}
