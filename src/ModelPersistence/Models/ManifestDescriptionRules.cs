namespace ModelPersistence.Models;

/// <summary>What the numbers of a manifest's description (metrics, warm-up hints, tolerances) must satisfy: all finite.</summary>
internal static class ManifestDescriptionRules
{
    // An hour for one run.
    private const int MaxBudgetMs = 3_600_000;

    /// <summary>Null when the description is sound, else what is wrong with it.</summary>
    public static string? WhyMalformed(ModelManifest manifest) =>
        OfMetadata(manifest.Metadata) ?? OfWarmup(manifest.Warmup) ?? manifest.GoldenSamples?.Select(OfSample).FirstOrDefault(static why => why is not null);

    private static string? OfMetadata(ModelMetadata? metadata)
    {
        if (metadata?.Metrics is not { } metrics)
        {
            return null;
        }

        foreach (var (name, value) in metrics)
        {
            if (!double.IsFinite(value))
            {
                return $"its metric '{ModelName.Printable(name)}' is not a finite number";
            }
        }

        return null;
    }

    private static string? OfWarmup(WarmupHints? warmup) => warmup switch
    {
        { LatencyBudgetMs: not (null or (> 0 and <= MaxBudgetMs)) } => $"its latency budget is not a number of milliseconds over 0 and up to {MaxBudgetMs}",
        _ when warmup?.Inputs?.Values.Any(static hint => hint.Values?.All(double.IsFinite) == false) == true => "a warm-up hint holds a number that is not finite",
        _ => null,
    };

    private static string? OfSample(GoldenSample sample) =>
        double.IsFinite(sample.AbsoluteTolerance ?? 0) && double.IsFinite(sample.RelativeTolerance ?? 0)
            ? null
            : "a tolerance of its golden samples is not a finite number";
}
