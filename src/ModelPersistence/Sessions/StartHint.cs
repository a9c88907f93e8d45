using System.Globalization;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>What the last start of a reference mapped: a small text file in the local cache, one line for the path and one for each range.</summary>
internal sealed record StartHint(string WeightsPath, IReadOnlyList<ByteRange> Ranges)
{
    private const int MaxLines = 10_000;
    private const int MaxBytes = 1 << 20;

    public static string PathOf(string cachePath, ModelReference reference) =>
        Path.Combine(cachePath, ".starts", Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(reference.ToString())).Hex);

    public static StartHint? TryRead(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        var lines = File.ReadAllLines(path);
        if (lines.Length is 0 or > MaxLines || lines[0].Contains('\0', StringComparison.Ordinal) || !Path.IsPathFullyQualified(lines[0]))
        {
            return null;
        }

        var ranges = new List<ByteRange>(lines.Length);
        foreach (var line in lines.AsSpan(1))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0
                || !long.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                || !long.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                return null;
            }

            ranges.Add(new ByteRange(offset, length));
        }

        return new StartHint(lines[0], ranges);
    }

    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string[] lines = [WeightsPath, .. Ranges.Select(static range => string.Create(CultureInfo.InvariantCulture, $"{range.Offset} {range.Length}"))];
        await DurableFile.WriteAsync(path, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)), cancellationToken).ConfigureAwait(false);
    }
}
