using System.Buffers;

namespace ModelPersistence.Models;

/// <summary>The rule for names of models and of aliases: one segment, <c>[a-z0-9][a-z0-9._-]{0,127}</c>.</summary>
internal static class ModelName
{
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxLength
        && char.IsAsciiLetterOrDigit(name[0])
        && !name.ContainsAnyExcept(Allowed)
        && name[^1] != '.'
        && !SafePath.IsDeviceName(name);

    public static string Require(string? name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        return IsValid(name) ? name : throw new ArgumentException(Explain(name), parameter);
    }

    public static string Explain(ReadOnlySpan<char> name) =>
        $"'{Printable(name)}' is not a valid name: up to {MaxLength} of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit and not ending with '.'.";

    /// <summary>Text from outside, made safe for a message: bounded, control characters replaced.</summary>
    public static string Printable(ReadOnlySpan<char> text)
    {
        var shown = text.Length > 80 ? string.Concat(text[..80], "…") : text.ToString();
        return string.Create(shown.Length, shown, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
            }
        });
    }
}
