namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Text that a client sent, made fit for a message: bounded, without control characters.</summary>
internal static class ClientText
{
    private const int MaxLength = 80;

    public static string Show(ReadOnlySpan<char> text)
    {
        Span<char> shown = stackalloc char[Math.Min(text.Length, MaxLength)];
        for (var i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
        }

        return text.Length > MaxLength ? string.Concat(shown, "…") : shown.ToString();
    }

    public static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
