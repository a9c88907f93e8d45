using System.Globalization;

namespace ModelPersistence.Download.Servers;

/// <summary>As much of a request as a server of ranges needs.</summary>
/// <param name="Path">The path, without its query, unescaped, without the first slash.</param>
/// <param name="WantsBody">False for HEAD.</param>
/// <param name="Range">The value of the Range header.</param>
/// <param name="IfMatch">The value of the If-Match header.</param>
internal sealed record PacedRequest(string Path, bool WantsBody, string? Range, string? IfMatch)
{
    public bool HasRange => Range is not null;

    public static PacedRequest Parse(string head)
    {
        var lines = head.Split("\r\n");
        var target = lines[0].Split(' ')[1];
        return new PacedRequest(Uri.UnescapeDataString(target.Split('?')[0].TrimStart('/')), !lines[0].StartsWith("HEAD ", StringComparison.Ordinal), Header("Range:"), Header("If-Match:"));

        string? Header(string name) => Array.Find(lines, line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase))?[name.Length..].Trim();
    }

    /// <summary>The first byte and the length that are wanted of an object: of ranges, the kinds a-b and a-.</summary>
    public (int First, int Length) Of(int size)
    {
        if (Range?["bytes=".Length..].Split('-') is not [var from, var to])
        {
            return (0, size);
        }

        var first = int.Parse(from, CultureInfo.InvariantCulture);
        var last = to.Length == 0 ? size - 1 : Math.Min(size - 1, int.Parse(to, CultureInfo.InvariantCulture));
        return (first, last - first + 1);
    }
}
