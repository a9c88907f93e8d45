using ModelPersistence.Configuration;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Joins the hints of the host's configuration with those of the manifest; the host knows its traffic and comes first.</summary>
internal static class WarmupHintMerge
{
    public static WarmupHints? Merge(WarmupOptions? options, WarmupHints? manifest)
    {
        if (options is null || (options.Dimensions.Count == 0 && options.Inputs.Count == 0))
        {
            return manifest;
        }

        var inputs = new Dictionary<string, InputHint>(StringComparer.Ordinal);
        foreach (var (name, input) in options.Inputs)
        {
            inputs[name] = input.ToHint();
        }

        return new WarmupHints
        {
            Dimensions = Merge((IReadOnlyDictionary<string, long>)options.Dimensions, manifest?.Dimensions),
            Inputs = Merge(inputs, manifest?.Inputs),
            LatencyBudgetMs = manifest?.LatencyBudgetMs,
        };
    }

    private static IReadOnlyDictionary<string, T> Merge<T>(IReadOnlyDictionary<string, T> first, IReadOnlyDictionary<string, T>? second)
    {
        if (second is null || second.Count == 0)
        {
            return first;
        }

        Dictionary<string, T> merged = new(second, StringComparer.Ordinal);
        foreach (var (name, value) in first)
        {
            merged[name] = value;
        }

        return merged;
    }
}
