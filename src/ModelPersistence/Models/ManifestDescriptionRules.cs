namespace ModelPersistence.Models;

/// <summary>What a manifest's description (metadata, warm-up hints, golden samples) must satisfy: nothing null inside a collection, every number finite.</summary>
internal static class ManifestDescriptionRules
{
    /// <summary>Null when the description is sound, else what is wrong with it.</summary>
    public static string? WhyMalformed(ModelManifest manifest) =>
        OfMetadata(manifest.Metadata) ?? OfWarmup(manifest.Warmup) ?? manifest.GoldenSamples?.Select(OfSample).FirstOrDefault(static why => why is not null);

    private static string? OfMetadata(ModelMetadata? metadata) =>
        HasNull(metadata?.Lineage?.Values) ? "its lineage holds a null"
        : HasNull(metadata?.Tags?.Values) ? "its tags hold a null"
        : metadata?.Metrics?.FirstOrDefault(static metric => !double.IsFinite(metric.Value)) is { Key: { } name } ? $"its metric '{ModelName.Printable(name)}' is not a finite number"
        : null;

    private static string? OfWarmup(WarmupHints? warmup) =>
        HasNull(warmup?.Inputs?.Values) ? "its warm-up hints hold a null"
        : warmup?.Inputs?.Values.Any(static hint => HasNull(hint.Strings) || hint.Values?.All(double.IsFinite) == false) == true ? "a warm-up hint holds a null or a number that is not finite"
        : null;

    private static string? OfSample(GoldenSample? sample) =>
        sample is null || HasNull(sample.Inputs.Values) || HasNull(sample.Outputs.Values) ? "its golden samples hold a null"
        : sample.Inputs.Values.Concat(sample.Outputs.Values).Any(static tensor => HasNull(tensor.Strings)) ? "a tensor of its golden samples holds a null"
        : double.IsFinite(sample.AbsoluteTolerance ?? 0) && double.IsFinite(sample.RelativeTolerance ?? 0) ? null
        : "a tolerance of its golden samples is not a finite number";

    private static bool HasNull<T>(IEnumerable<T>? items)
        where T : class =>
        items?.Any(static item => item is null) == true;
}
