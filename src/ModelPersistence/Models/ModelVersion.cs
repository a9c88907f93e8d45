using System.Diagnostics.CodeAnalysis;
using NuGet.Versioning;

namespace ModelPersistence.Models;

/// <summary>
/// A version of a model: SemVer 2.0 with exactly three parts, an optional lowercase pre-release label, and no build metadata.
/// </summary>
/// <remarks>Immutable, safe to share between threads, ordered by SemVer 2.0 precedence.</remarks>
public sealed class ModelVersion : IComparable<ModelVersion>, IEquatable<ModelVersion>
{
    private const int MaxLength = 128;

    private readonly NuGetVersion _version;
    private readonly string _text;

    private ModelVersion(NuGetVersion version, string text) => (_version, _text) = (version, text);

    /// <summary>Whether the version carries a pre-release label, such as <c>1.0.0-rc.1</c>.</summary>
    public bool IsPrerelease => _version.IsPrerelease;

    internal NuGetVersion Semantic => _version;

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">The text is not a version of three parts without build metadata.</exception>
    public static ModelVersion Parse(string text) =>
        TryParse(text, out var version)
            ? version
            : throw new FormatException($"'{ModelName.Printable(text)}' is not a model version: three numbers and an optional lowercase pre-release label are expected, for example 1.2.0 or 2.0.0-rc.1.");

    /// <summary>Reads a version, or says that the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelVersion? version)
    {
        version = null;
        if (text is null or { Length: > MaxLength }
            || !SemanticVersion.TryParse(text, out var semantic)
            || semantic.HasMetadata
            || semantic.ToNormalizedString() != text
            || text.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            return false;
        }

        version = new ModelVersion(new NuGetVersion(semantic.Major, semantic.Minor, semantic.Patch, semantic.ReleaseLabels, null), text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ModelVersion? other) => _version.CompareTo(other?._version);

    /// <inheritdoc/>
    public bool Equals(ModelVersion? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ModelVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The version as written, for example <c>1.2.0</c>.</summary>
    public override string ToString() => _text;

    /// <summary>Whether two versions are the same.</summary>
    public static bool operator ==(ModelVersion? left, ModelVersion? right) => left?.Equals(right) ?? right is null;

    /// <summary>Whether two versions differ.</summary>
    public static bool operator !=(ModelVersion? left, ModelVersion? right) => !(left == right);

    /// <summary>Whether <paramref name="left"/> precedes <paramref name="right"/>.</summary>
    public static bool operator <(ModelVersion? left, ModelVersion? right) => Compare(left, right) < 0;

    /// <summary>Whether <paramref name="left"/> precedes <paramref name="right"/> or is the same.</summary>
    public static bool operator <=(ModelVersion? left, ModelVersion? right) => Compare(left, right) <= 0;

    /// <summary>Whether <paramref name="left"/> follows <paramref name="right"/>.</summary>
    public static bool operator >(ModelVersion? left, ModelVersion? right) => Compare(left, right) > 0;

    /// <summary>Whether <paramref name="left"/> follows <paramref name="right"/> or is the same.</summary>
    public static bool operator >=(ModelVersion? left, ModelVersion? right) => Compare(left, right) >= 0;

    private static int Compare(ModelVersion? left, ModelVersion? right) => Comparer<ModelVersion>.Default.Compare(left, right);
}
