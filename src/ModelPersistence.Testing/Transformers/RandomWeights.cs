using System.Runtime.InteropServices;

namespace ModelPersistence.Testing;

/// <summary>
/// Bell-shaped random floats by counter: element i depends on the seed and i alone, so any piece of a tensor can be
/// made on its own, and integer arithmetic makes it the same on every machine.
/// </summary>
internal static class RandomWeights
{
    /// <summary>Four uniform 16-bit numbers are added; their sum has this standard deviation, 65536 / sqrt(3).</summary>
    private const double SumDeviation = 37837.2;

    public static TensorFill Normal(ulong seed, double deviation)
    {
        var start = Mix(seed);
        var scale = (float)(deviation / SumDeviation);
        return (destination, offset) =>
        {
            var floats = MemoryMarshal.Cast<byte, float>(destination);
            var state = start + ((ulong)offset / sizeof(float) * Step);
            for (var i = 0; i < floats.Length; i++)
            {
                var bits = Mix(state += Step);
                var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
                floats[i] = ((int)sum - 131070) * scale;
            }
        };
    }

    public static TensorFill Constant(float value) => (destination, _) => MemoryMarshal.Cast<byte, float>(destination).Fill(value);

    private const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The finalizer of SplitMix64: neighbouring counters give unrelated bits.</summary>
    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
