using System.Globalization;

namespace ModelPersistence.Runtime;

/// <summary>Reads the small text files in which Linux tells about itself. What is not there, or not as it should be, is null: these figures are never worth a failure.</summary>
internal static class ProcFile
{
    public static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The value of a line such as <c>MemTotal: 24684084 kB</c>, in bytes.</summary>
    public static long? Kibibytes(string path, string label)
    {
        foreach (var line in Lines(path))
        {
            if (line.StartsWith(label, StringComparison.Ordinal))
            {
                var value = line.AsSpan(label.Length).Trim();
                var unit = value.IndexOf(' ');
                return Number(unit < 0 ? value : value[..unit]) is { } kibibytes and <= long.MaxValue / 1024 ? kibibytes * 1024 : null;
            }
        }

        return null;
    }

    /// <summary>A count of bytes; numbers that are too large for one are as good as no limit.</summary>
    public static long? Number(ReadOnlySpan<char> text) =>
        ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= long.MaxValue ? (long)value : null;
}
