using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>What is there instead of what was asked for: versions, aliases, and the name that was probably meant.</summary>
internal static class Hints
{
    private const int MaxShown = 10;
    private const int MaxDistance = 3;

    public static async Task<string> CollectAsync(IReadOnlyList<IStorageProvider> providers, ModelReference reference, CancellationToken cancellationToken)
    {
        var versions = Flatten(await ProviderAnswer.AskAllAsync(
            providers, provider => ProviderAnswer.ListAsync(provider.ListVersionsAsync(reference.Name, cancellationToken), cancellationToken), cancellationToken).ConfigureAwait(false));
        var documents = await ProviderAnswer.AskAllAsync(
            providers, provider => provider.GetAliasesAsync(reference.Name, cancellationToken), cancellationToken).ConfigureAwait(false);
        var aliases = documents.SelectMany(static answer => answer.Value?.Aliases.Keys ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (versions.Count == 0 && aliases.Count == 0)
        {
            var models = Flatten(await ProviderAnswer.AskAllAsync(
                providers, provider => ProviderAnswer.ListAsync(provider.ListModelsAsync(cancellationToken), cancellationToken), cancellationToken).ConfigureAwait(false));
            return models.Count == 0
                ? "There are no models."
                : $"There is no model '{reference.Name}'{DidYouMean(reference.Name, models) ?? $"; there is {Shown([.. models.Order(StringComparer.Ordinal)])}"}.";
        }

        var shownVersions = versions.Count > 0 ? $"versions {Shown([.. versions.OrderDescending().Select(static version => version.ToString())])}" : "no version";
        var shownAliases = aliases.Count > 0 ? $"; aliases {Shown(aliases)}" : "";
        var meant = reference.SelectorRule.Alias is { } alias ? DidYouMean(alias, aliases) : null;
        return $"There is {shownVersions}{shownAliases}{meant}.";
    }

    /// <summary>The end of a sentence that proposes the nearest candidate, or null when none is near.</summary>
    public static string? DidYouMean(string given, IEnumerable<string> candidates)
    {
        var nearest = candidates.Where(candidate => candidate != given).Select(candidate => (candidate, distance: Distance(given, candidate))).OrderBy(static pair => pair.distance).FirstOrDefault();
        return nearest.candidate is not null && nearest.distance <= Math.Min(MaxDistance, Math.Max(1, given.Length / 2)) ? $" (did you mean '{nearest.candidate}'?)" : null;
    }

    private static List<T> Flatten<T>(ProviderAnswer<List<T>>[] answers) => [.. answers.SelectMany(static answer => answer.Value ?? []).Distinct()];

    private static string Shown(List<string> items) =>
        string.Join(", ", items.Take(MaxShown)) + (items.Count > MaxShown ? $" and {items.Count - MaxShown} more" : "");

    /// <summary>The number of single-character changes between two texts.</summary>
    private static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        var current = new int[right.Length + 1];
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, substituted);
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }
}
