namespace ModelPersistence.Configuration;

/// <summary>
/// What a version must show before it replaces one that serves: that it reproduces its manifest's golden samples, or, without samples, that
/// made-up inputs run to outputs of the declared types and shapes; and that it is called like the version before it.
/// </summary>
public sealed class ValidationOptions
{
    /// <summary>What happens to a version that does not pass. Default <see cref="ValidationMode.Enforce"/>.</summary>
    public ValidationMode Mode { get; set; }

    /// <summary>
    /// How far an output may be off by itself, for golden samples that name no tolerance of their own; not negative. Default null: that of
    /// the element type (1e-6 for float; integers must be equal).
    /// </summary>
    public double? AbsoluteTolerance { get; set; }

    /// <summary>
    /// How far an output may be off in proportion to the expected value, for golden samples that name no tolerance of their own; not
    /// negative. Default null: that of the element type (1e-5 for float).
    /// </summary>
    public double? RelativeTolerance { get; set; }

    /// <summary>
    /// The 95th percentile that the warm-up of a version's last tier may have. Default null: that of the manifest's warm-up hints, where
    /// they name one, else any.
    /// </summary>
    public TimeSpan? LatencyBudget { get; set; }

    /// <summary>Whether a version may have other inputs or outputs than the one it replaces. Default false.</summary>
    public bool AllowSignatureChange { get; set; }
}
