namespace ModelPersistence.Serving;

/// <summary>The state of a model. The one source for status, health and metrics.</summary>
public enum ModelState
{
    /// <summary>Nothing was asked for yet.</summary>
    Idle,

    /// <summary>From the reference to a version.</summary>
    Resolving,

    /// <summary>The files are being copied to the store.</summary>
    Fetching,

    /// <summary>The files are being checked.</summary>
    Verifying,

    /// <summary>The session is being created.</summary>
    Loading,

    /// <summary>The first run.</summary>
    Warming,

    /// <summary>Served.</summary>
    Ready,

    /// <summary>Withdrawn; leases that are out still work.</summary>
    Draining,

    /// <summary>Gone.</summary>
    Disposed,

    /// <summary>Could not be loaded; the next request tries again.</summary>
    Failed,
}
