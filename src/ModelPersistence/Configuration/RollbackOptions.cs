namespace ModelPersistence.Configuration;

/// <summary>
/// When a version that has just begun to serve is taken back for the one before it. A rate over its bound must be more than chance: the
/// more requests there are, the less it has to exceed the bound. A version whose true rate stays within the bound is taken back by mistake
/// less than once in a thousand swaps.
/// </summary>
public sealed class RollbackOptions
{
    /// <summary>Whether versions are watched at all. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The share of requests that may fail, from 0 to below 1. Requests that the model refuses as the caller's fault are not counted. Default
    /// 0.05; with 0 the first failure counts once there are <see cref="MinRequests"/>.
    /// </summary>
    public double MaxErrorRate { get; set; } = 0.05;

    /// <summary>
    /// The 95th percentile of the duration of a run that the version may have: no more than 5% of its runs may take longer. Only runs on the
    /// version's last tier are judged, those before it are slower by design. Default null: the latency is not judged.
    /// </summary>
    public TimeSpan? MaxP95 { get; set; }

    /// <summary>How many requests there must be before anything is decided. Default 50.</summary>
    public int MinRequests { get; set; } = 50;

    /// <summary>How long a version is watched from when it begins to serve, and its latency from when its last tier does. Afterwards it counts as good. Default 10 min.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(10);
}
