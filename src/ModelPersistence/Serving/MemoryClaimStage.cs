namespace ModelPersistence.Serving;

/// <summary>How far a claim is on its way out.</summary>
internal enum MemoryClaimStage
{
    Held,

    /// <summary>Withdrawn, with leases out perhaps: it comes back when they do.</summary>
    Draining,

    /// <summary>Unloaded while idle: it comes back in a moment.</summary>
    Leaving,

    Released,
}
