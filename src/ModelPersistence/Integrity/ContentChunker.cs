using System.Runtime.CompilerServices;

namespace ModelPersistence.Integrity;

/// <summary>
/// Cuts content where the content itself says so (FastCDC with normalized chunking), so that an insertion moves the cuts near it and
/// no others. The cuts are part of published manifests: the constants and the table never change.
/// </summary>
internal static class ContentChunker
{
    public const int MinLength = 256 << 10;
    public const int AverageLength = 1 << 20;
    public const int MaxLength = 4 << 20;

    // Normalized chunking: harder to cut before the average, easier after it, so that lengths gather around it. The upper bits are
    // tested because every one of the last 64 bytes reaches them.
    private const ulong MaskBeforeAverage = ~0UL << (64 - 22);
    private const ulong MaskAfterAverage = ~0UL << (64 - 18);

    private static readonly ulong[] Gear = CreateGear();

    /// <summary>The length of the chunk that begins at the start of <paramref name="data"/>.</summary>
    /// <param name="data">The content from the chunk's start: <see cref="MaxLength"/> bytes, or all that is left of the file.</param>
    public static int NextLength(ReadOnlySpan<byte> data)
    {
        if (data.Length <= MinLength)
        {
            return data.Length;
        }

        var end = Math.Min(data.Length, MaxLength);
        var average = Math.Min(AverageLength, end);
        ulong hash = 0;
        var cut = Scan(data, MinLength, average, MaskBeforeAverage, ref hash);
        if (cut == 0)
        {
            cut = Scan(data, average, end, MaskAfterAverage, ref hash);
        }

        return cut == 0 ? end : cut;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Scan(ReadOnlySpan<byte> data, int from, int to, ulong mask, ref ulong hash)
    {
        var gear = Gear;
        var rolling = hash;
        for (var i = from; i < to; i++)
        {
            rolling = (rolling << 1) + gear[data[i]];
            if ((rolling & mask) == 0)
            {
                return i + 1;
            }
        }

        hash = rolling;
        return 0;
    }

    /// <summary>256 pseudo-random words from a fixed seed (SplitMix64).</summary>
    private static ulong[] CreateGear()
    {
        var table = new ulong[256];
        ulong state = 0x4D6F64656C506572; // "ModelPer"
        for (var i = 0; i < table.Length; i++)
        {
            state += 0x9E3779B97F4A7C15;
            var word = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
            table[i] = word ^ (word >> 31);
        }

        return table;
    }
}
