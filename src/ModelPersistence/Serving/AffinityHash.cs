namespace ModelPersistence.Serving;

/// <summary>
/// The hash behind sticky splits, the same on every host and easy to repeat in any language: FNV-1a with 64 bits over the UTF-8 bytes of the
/// reference's canonical text, a zero byte, and the key; then the finalizer of SplitMix64, since FNV leaves its upper bits uneven.
/// </summary>
internal static class AffinityHash
{
    private const ulong Offset = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    /// <summary>The part that is the same for all keys of a reference.</summary>
    public static ulong Seed(string reference) => Add(Offset, reference) * Prime;

    public static ulong Of(ulong seed, ReadOnlySpan<char> key) => Mix(Add(seed, key));

    /// <summary>The finalizer of SplitMix64; also another number from a hash that was used up.</summary>
    public static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }

    private static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAscii(text[i]))
            {
                return AddRunes(hash, text[i..]);
            }

            hash = (hash ^ text[i]) * Prime;
        }

        return hash;
    }

    private static ulong AddRunes(ulong hash, ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                hash = (hash ^ value) * Prime;
            }
        }

        return hash;
    }
}
