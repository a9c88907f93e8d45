namespace ModelPersistence.Serving;

/// <summary>Who holds memory and can be asked to give it back. The properties are read under the budget's lock: they answer at once and take none.</summary>
internal interface IMemoryResident
{
    /// <summary>Why it is never unloaded, as one word for messages (critical, pinned); null when it may be.</summary>
    string? KeptAs { get; }

    /// <summary>Whether <see cref="TryBeginUnload"/> would succeed now: it is served, and no lease is out.</summary>
    bool IsIdle { get; }

    /// <summary>A timestamp of its last use, comparable among the residents of one budget.</summary>
    long LastUsed { get; }

    /// <summary>
    /// Begins to unload it and returns without waiting; its claim is disposed when the memory is free. False when it is in use after all.
    /// Called without the budget's lock.
    /// </summary>
    bool TryBeginUnload();
}
