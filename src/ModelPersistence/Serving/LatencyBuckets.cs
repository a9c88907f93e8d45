using System.Numerics;

namespace ModelPersistence.Serving;

/// <summary>
/// The cut of time into buckets, linear within each power of two: sixteen to a power, so that the middle of a bucket is at most 1/32 off.
/// In ticks of 100 ns up to 100 s; what is longer counts as that.
/// </summary>
internal static class LatencyBuckets
{
    public const int Count = (MaxShift << Bits) + (int)(Longest >> MaxShift) + 1;

    private const int Bits = 4;
    private const long Longest = 100 * TimeSpan.TicksPerSecond;

    // The longest time keeps its Bits + 1 leading bits.
    private const int MaxShift = 29 - Bits;

    public static int IndexOf(TimeSpan duration)
    {
        var ticks = Math.Clamp(duration.Ticks, 0, Longest);
        var shift = Math.Max(BitOperations.Log2((ulong)ticks) - Bits, 0);
        return (shift << Bits) + (int)(ticks >> shift);
    }

    /// <summary>The time in the middle of a bucket.</summary>
    public static TimeSpan Middle(int index)
    {
        var shift = Math.Max((index >> Bits) - 1, 0);
        var first = (long)(index - (shift << Bits)) << shift;
        return TimeSpan.FromTicks(first + ((1L << shift) / 2));
    }
}
