namespace ModelPersistence.Models;

/// <summary>The phases of a load, in the order in which a first start meets them.</summary>
public enum LoadPhase
{
    /// <summary>From the reference to a version and its manifest.</summary>
    Resolve,

    /// <summary>Copying the files to the store.</summary>
    Fetch,

    /// <summary>Checking the files, or the verification record that stands for it.</summary>
    Verify,

    /// <summary>Finding the prepared artifact (before the start), or making it (behind the start).</summary>
    Prepare,

    /// <summary>Waiting for room in the memory budget.</summary>
    Admit,

    /// <summary>Waiting for the runtime's environment.</summary>
    Environment,

    /// <summary>Creating the session.</summary>
    Load,

    /// <summary>The first successful run.</summary>
    FirstRun,

    /// <summary>Checking that a version may replace the one that serves: its golden samples, its signature, its latency.</summary>
    Validate,

    /// <summary>Waiting for the origin to confirm the version.</summary>
    Confirm,

    /// <summary>The other warm-up runs.</summary>
    WarmUp,

    /// <summary>Opening the second tier and swapping it in.</summary>
    TierSwap,
}
