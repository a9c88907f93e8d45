using System.Buffers;
using System.Text;

namespace ModelPersistence.Models;

/// <summary>
/// The rule for relative paths that come from outside (manifests, external data): forward slashes, no way out of the folder on any
/// platform, and no name that one platform reads differently from another.
/// </summary>
internal static class SafePath
{
    public const int MaxLength = 512;
    private const int MaxSegments = 16;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\\:*?\"<>|");
    private static readonly string[] DeviceNames =
    [
        "con", "prn", "aux", "nul", "conin$", "conout$",
        "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
        "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ];

    /// <summary>Null when the path is safe, else the reason why it is not.</summary>
    public static string? WhyUnsafe(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return "it is empty";
        }

        if (path.Length > MaxLength)
        {
            return $"it is longer than {MaxLength} characters";
        }

        if (path.AsSpan().ContainsAny(Forbidden) || path.Any(char.IsControl) || !IsValidUnicode(path))
        {
            return "it holds a control character, an unpaired surrogate or one of \\ : * ? \" < > |";
        }

        var segments = path.Split('/');
        if (segments.Length > MaxSegments)
        {
            return $"it is deeper than {MaxSegments} folders";
        }

        foreach (var segment in segments)
        {
            if (segment is "" or "." or "..")
            {
                return "it is absolute or holds an empty, '.' or '..' segment";
            }

            if (segment[^1] is '.' or ' ' || segment[0] is '.' or ' ')
            {
                return "a segment begins or ends with a dot or a space";
            }

            if (IsDeviceName(segment))
            {
                return $"'{segment}' is a device name on Windows";
            }
        }

        return null;
    }

    public static bool IsDeviceName(ReadOnlySpan<char> segment)
    {
        var dot = segment.IndexOf('.');
        var stem = (dot < 0 ? segment : segment[..dot]).TrimEnd(' ');
        foreach (var device in DeviceNames)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsValidUnicode(string path)
    {
        foreach (var rune in path.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
