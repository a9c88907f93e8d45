namespace ModelPersistence.Configuration;

/// <summary>The warm-up of one model.</summary>
public sealed class WarmupOptions
{
    /// <summary>How many runs are made, the first included. 0 loads without running. Default 10.</summary>
    public int Iterations { get; set; } = 10;

    /// <summary>The 95th percentile the runs should stay under; above it the model shows as degraded. Default 100 ms.</summary>
    public TimeSpan Target { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Sizes of symbolic dimensions by name; they take precedence over the manifest's hints.</summary>
    public IDictionary<string, long> Dimensions { get; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Shapes and values by input name; they take precedence over the manifest's hints.</summary>
    public IDictionary<string, InputOptions> Inputs { get; } = new Dictionary<string, InputOptions>(StringComparer.Ordinal);
}
