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

        return new WarmupHints
        {
            Dimensions = Merge(options.Dimensions, manifest?.Dimensions),
            Inputs = Merge(options.Inputs.ToDictionary(static input => input.Key, static input => input.Value.ToHint(), StringComparer.Ordinal), manifest?.Inputs),
        };
    }

    private static Dictionary<string, T> Merge<T>(IDictionary<string, T> first, IReadOnlyDictionary<string, T>? second)
    {
        Dictionary<string, T> merged = new(second ?? new Dictionary<string, T>(), StringComparer.Ordinal);
        foreach (var (name, value) in first)
        {
            merged[name] = value;
        }

        return merged;
    }
}
