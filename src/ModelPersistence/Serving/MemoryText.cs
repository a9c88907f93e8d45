using System.Globalization;

namespace ModelPersistence.Serving;

internal static class MemoryText
{
    /// <summary>A number of bytes as people read it.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => (bytes / (double)(1L << 30)).ToString("0.00 'GiB'", CultureInfo.InvariantCulture),
        >= 1L << 20 => (bytes / (double)(1L << 20)).ToString("0.0 'MiB'", CultureInfo.InvariantCulture),
        _ => bytes.ToString("0 'bytes'", CultureInfo.InvariantCulture),
    };
}
