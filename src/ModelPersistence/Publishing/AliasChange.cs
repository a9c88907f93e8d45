using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>What is to become of a model's alias document.</summary>
internal sealed record AliasChange
{
    public static AliasChange Nothing { get; } = new();

    /// <summary>Aliases that move, whatever they stood for before.</summary>
    public IReadOnlyDictionary<string, AliasTarget> Set { get; init; } = new Dictionary<string, AliasTarget>();

    /// <summary>Aliases that go.</summary>
    public IReadOnlyCollection<string> Remove { get; init; } = [];

    /// <summary>The new expiry; null leaves it as it is, <see cref="DateTimeOffset.MaxValue"/> takes it away.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Takes a version out of every alias: one that stands for it alone goes, a split gives its share to the others.</summary>
    public static AliasChange Without(AliasDocument? current, ModelVersion version)
    {
        var named = current?.Aliases.Where(alias => alias.Value.Names(version)).Select(alias => (Alias: alias.Key, Others: alias.Value.Without(version))).ToList() ?? [];
        return new AliasChange
        {
            Set = named.Where(static alias => alias.Others is not null).ToDictionary(static alias => alias.Alias, static alias => alias.Others!),
            Remove = [.. named.Where(static alias => alias.Others is null).Select(static alias => alias.Alias)],
        };
    }

    /// <summary>The next document, or null where nothing would be different.</summary>
    /// <param name="model">The model.</param>
    /// <param name="current">The document that rules now; null when there is none.</param>
    /// <param name="taken">The highest revision that is taken, when that may be more than the document's.</param>
    public AliasDocument? ApplyTo(string model, AliasDocument? current, long taken = 0)
    {
        SortedDictionary<string, AliasTarget> aliases = new(StringComparer.Ordinal);
        foreach (var (alias, target) in (current?.Aliases ?? new Dictionary<string, AliasTarget>()).Concat(Set))
        {
            aliases[alias] = target;
        }

        foreach (var alias in Remove)
        {
            aliases.Remove(alias);
        }

        var expires = Expires is null ? current?.Expires : Expires == DateTimeOffset.MaxValue ? null : Expires.Value.ToUniversalTime();
        if (current is null ? aliases.Count == 0 : expires == current.Expires && IsSame(aliases, current.Aliases))
        {
            return null;
        }

        return new AliasDocument
        {
            FormatVersion = AliasDocument.CurrentFormatVersion,
            Name = model,
            Revision = Math.Max(current?.Revision ?? 0, taken) + 1,
            Aliases = aliases,
            Expires = expires,
        };
    }

    private static bool IsSame(SortedDictionary<string, AliasTarget> next, IReadOnlyDictionary<string, AliasTarget> current) =>
        next.Count == current.Count && next.All(alias => current.GetValueOrDefault(alias.Key) == alias.Value);
}
