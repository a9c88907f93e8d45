using System.Diagnostics.CodeAnalysis;

namespace ModelPersistence.Models;

/// <summary>
/// What a caller asks for: <c>name[:selector][@sha256:digest]</c>. The selector is a version (<c>1.2.0</c>), an alias (<c>stable</c>)
/// or a range (<c>1.*</c>, <c>1.2.*</c>); without one it is <c>latest</c>. A digest pins the manifest: any other content is refused.
/// </summary>
/// <remarks>Immutable and safe to share between threads. Equality is that of the canonical text.</remarks>
public sealed class ModelReference : IEquatable<ModelReference>
{
    private readonly string _text;

    private ModelReference(string name, ModelSelector selector, Sha256Digest? digest)
    {
        (Name, SelectorRule, Digest) = (name, selector, digest);
        _text = digest is { } pinned ? $"{name}:{selector.Text}@{pinned}" : $"{name}:{selector.Text}";
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>The selector as text: a version, an alias or a range; <c>latest</c> when none was given.</summary>
    public string Selector => SelectorRule.Text;

    /// <summary>The manifest digest the reference is pinned to, if it is.</summary>
    public Sha256Digest? Digest { get; }

    internal ModelSelector SelectorRule { get; }

    /// <summary>Reads a reference.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="FormatException">The text is not a reference; the message says which part is wrong.</exception>
    public static ModelReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var reference, out var reason)
            ? reference
            : throw new FormatException($"'{ModelName.Printable(text)}' is not a model reference (name[:selector][@sha256:digest]): {reason}");
    }

    /// <summary>Reads a reference, or says that the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelReference? reference)
    {
        reference = null;
        return text is not null && TryParse(text, out reference, out _);
    }

    internal static ModelReference For(string name, ModelVersion version, Sha256Digest? digest = null) =>
        Parse(digest is { } pinned ? $"{name}:{version}@{pinned}" : $"{name}:{version}");

    private static bool TryParse(string text, [NotNullWhen(true)] out ModelReference? reference, [NotNullWhen(false)] out string? reason)
    {
        reference = null;
        var rest = text;
        Sha256Digest? digest = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            var pin = rest[(at + 1)..];
            if (!pin.StartsWith("sha256:", StringComparison.Ordinal) || !Sha256Digest.TryParse(pin, out var parsed))
            {
                reason = "after '@' comes 'sha256:' and 64 lowercase hexadecimal digits.";
                return false;
            }

            digest = parsed;
            rest = rest[..at];
        }

        var selector = ModelSelector.Latest;
        if (rest.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            if (!ModelSelector.TryParse(rest[(colon + 1)..], out var given))
            {
                reason = $"'{ModelName.Printable(rest.AsSpan(colon + 1))}' is no version (1.2.0), alias (stable) or range (1.*, 1.2.*).";
                return false;
            }

            selector = given;
            rest = rest[..colon];
        }

        if (!ModelName.IsValid(rest))
        {
            reason = ModelName.Explain(rest);
            return false;
        }

        reason = null;
        reference = new ModelReference(rest, selector, digest);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ModelReference? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ModelReference);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The canonical text, the selector always written out.</summary>
    public override string ToString() => _text;
}
