namespace ModelPersistence.Configuration;

/// <summary>How a version's latency is watched against its own history.</summary>
public sealed class DriftOptions
{
    /// <summary>Whether it is watched. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The smallest lasting slowdown that is of interest, as a share: 0.2 for a fifth. Half of it is taken for nothing at all. From 0.05 to 10.
    /// Default 0.2.
    /// </summary>
    public double MinShift { get; set; } = 0.2;
}
