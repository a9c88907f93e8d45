namespace ModelPersistence.Models;

/// <summary>
/// What an alias stands for: one version, or a traffic split over several. In <c>aliases.json</c> it is <c>"1.2.0"</c>, or
/// <c>{ "1.2.0": 90, "1.3.0": 10 }</c>.
/// </summary>
/// <remarks>Immutable, safe to share between threads, and equal where versions and weights are.</remarks>
public sealed class AliasTarget : IEquatable<AliasTarget>
{
    /// <summary>A split has at most so many versions.</summary>
    public const int MaxVersions = 16;

    /// <summary>The greatest weight of a version.</summary>
    public const int MaxWeight = 10_000;

    private AliasTarget(IReadOnlyList<WeightedVersion> versions) => Versions = versions;

    /// <summary>The versions, each once, the lowest first on every host. The only version of an alias without a split has the weight 1.</summary>
    public IReadOnlyList<WeightedVersion> Versions { get; }

    /// <summary>The version the alias stands for alone; null for a split.</summary>
    public ModelVersion? Single => IsSplit ? null : Versions[0].Version;

    /// <summary>Whether the alias stands for several versions.</summary>
    public bool IsSplit => Versions.Count > 1;

    /// <summary>The version with the greatest weight, the lowest of these.</summary>
    internal ModelVersion Heaviest => Single ?? Versions.MaxBy(static version => version.Weight)!.Version;

    /// <summary>One version.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="version"/> is null.</exception>
    public static AliasTarget To(ModelVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return new AliasTarget([new WeightedVersion(version, 1)]);
    }

    /// <summary>A traffic split. A version gets its weight's share of the sum of all weights.</summary>
    /// <param name="versions">2 to <see cref="MaxVersions"/> different versions in any order, each with a weight of 1 to <see cref="MaxWeight"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="versions"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">There are too few or too many versions, one stands twice, or a weight is out of bounds.</exception>
    public static AliasTarget Split(params IReadOnlyList<WeightedVersion> versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        foreach (var version in versions)
        {
            ArgumentNullException.ThrowIfNull(version, nameof(versions));
            ArgumentNullException.ThrowIfNull(version.Version, nameof(versions));
        }

        return WhyNoSplit(versions) is { } why ? throw new ArgumentException($"These versions are no traffic split: {why}.", nameof(versions)) : Sorted(versions);
    }

    /// <summary>One version, see <see cref="To"/>.</summary>
    public static implicit operator AliasTarget(ModelVersion version) => To(version);

    /// <inheritdoc/>
    public bool Equals(AliasTarget? other) => other is not null && (ReferenceEquals(this, other) || Versions.SequenceEqual(other.Versions));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AliasTarget);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (var version in Versions)
        {
            hash.Add(version);
        }

        return hash.ToHashCode();
    }

    /// <summary>The version, <c>1.2.0</c>, or the versions with their weights: <c>1.2.0 (90), 1.3.0 (10)</c>.</summary>
    public override string ToString() =>
        Single?.ToString() ?? string.Join(", ", Versions.Select(static version => $"{version.Version} ({version.Weight})"));

    /// <summary>Whether two targets are the same.</summary>
    public static bool operator ==(AliasTarget? left, AliasTarget? right) => left?.Equals(right) ?? right is null;

    /// <summary>Whether two targets differ.</summary>
    public static bool operator !=(AliasTarget? left, AliasTarget? right) => !(left == right);

    /// <summary>Why versions cannot be a split; null when they can.</summary>
    internal static string? WhyNoSplit(IReadOnlyList<WeightedVersion> versions) =>
        versions.Count is < 2 or > MaxVersions ? $"it has {versions.Count} versions (2 to {MaxVersions} are allowed)"
        : versions.FirstOrDefault(static version => version.Weight is < 1 or > MaxWeight) is { } odd ? $"version {odd.Version} has the weight {odd.Weight} (1 to {MaxWeight} are allowed)"
        : versions.DistinctBy(static version => version.Version).Count() < versions.Count ? "a version stands twice"
        : null;

    internal bool Names(ModelVersion version) => Versions.Any(named => named.Version == version);

    /// <summary>The same without a version, whose share goes to the others; null when nothing is left.</summary>
    internal AliasTarget? Without(ModelVersion version) =>
        Versions.Where(named => named.Version != version).ToArray() switch
        {
            [] => null,
            [var last] => To(last.Version),
            var others => Sorted(others),
        };

    private static AliasTarget Sorted(IEnumerable<WeightedVersion> versions) => new([.. versions.OrderBy(static version => version.Version)]);
}
