using System.Diagnostics.CodeAnalysis;
using NuGet.Versioning;

namespace ModelPersistence.Models;

/// <summary>Which version of a model a reference asks for: one version, an alias, or a range such as <c>1.*</c>.</summary>
internal sealed class ModelSelector
{
    public const string LatestAlias = "latest";

    private readonly FloatRange? _range;

    private ModelSelector(string text, ModelVersion? version, FloatRange? range) =>
        (Text, Version, _range) = (text, version, range);

    public static ModelSelector Latest { get; } = new(LatestAlias, null, null);

    public string Text { get; }

    /// <summary>The version, where the selector names one exactly.</summary>
    public ModelVersion? Version { get; }

    /// <summary>The alias, where the selector is one.</summary>
    public string? Alias => Version is null && _range is null ? Text : null;

    public bool IsRange => _range is not null;

    /// <summary>Whether the range admits <paramref name="version"/>. Pre-releases are never part of a range.</summary>
    public bool Admits(ModelVersion version) => _range is not null && !version.IsPrerelease && _range.Satisfies(version.Semantic);

    public static bool TryParse(string text, [NotNullWhen(true)] out ModelSelector? selector)
    {
        selector = null;
        if (text.Contains('*', StringComparison.Ordinal))
        {
            // NuGet knows more floating forms (pre-release floats); only 1.* and 1.2.* have a meaning here.
            if (!text.EndsWith(".*", StringComparison.Ordinal)
                || !FloatRange.TryParse(text, out var range)
                || range.FloatBehavior is not (NuGetVersionFloatBehavior.Minor or NuGetVersionFloatBehavior.Patch)
                || range.ToString() != text)
            {
                return false;
            }

            selector = new ModelSelector(text, null, range);
        }
        else if (ModelVersion.TryParse(text, out var version))
        {
            selector = new ModelSelector(text, version, null);
        }
        else if (IsAlias(text))
        {
            selector = new ModelSelector(text, null, null);
        }

        return selector is not null;
    }

    /// <summary>An alias is a valid name that no reader could take for a version: <c>1</c>, <c>1.2</c> and <c>1.0.0.0</c> are refused.</summary>
    public static bool IsAlias(string text) => ModelName.IsValid(text) && !NuGetVersion.TryParse(text, out _);
}
