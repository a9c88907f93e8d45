namespace ModelPersistence.Serving;

/// <summary>
/// Shares requests out by weight. A request with an affinity key always comes to the same version, on every host: <see cref="AffinityHash"/>,
/// taken as a fraction of 2^64 and scaled to the sum of the weights, points into the versions in ascending order. Where that version
/// cannot serve, the hash is mixed once more and points among those that can, so that the keys of the others stay where they are.
/// </summary>
/// <param name="reference">The reference's canonical text.</param>
/// <param name="targets">The versions in ascending order; null where one cannot serve.</param>
/// <param name="weights">Their weights.</param>
internal sealed class TrafficSplit(string reference, ServedModel?[] targets, int[] weights)
{
    private readonly ulong _seed = AffinityHash.Seed(reference);
    private readonly int _total = weights.Sum();
    private readonly int _live = weights.Where((_, i) => targets[i] is not null).Sum();

    /// <summary>By chance.</summary>
    public ServedModel? Pick() => _live == 0 ? null : Find(Random.Shared.Next(_live), isLiveOnly: true);

    public ServedModel? Pick(ReadOnlySpan<char> affinityKey)
    {
        if (_live == 0)
        {
            return null;
        }

        var hash = AffinityHash.Of(_seed, affinityKey);
        return Find(Scale(hash, _total), isLiveOnly: false) ?? Find(Scale(AffinityHash.Mix(hash), _live), isLiveOnly: true);
    }

    private static int Scale(ulong hash, int total) => (int)Math.BigMul(hash, (ulong)total, out _);

    private ServedModel? Find(int point, bool isLiveOnly)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            if (isLiveOnly && targets[i] is null)
            {
                continue;
            }

            point -= weights[i];
            if (point < 0)
            {
                return targets[i];
            }
        }

        return null;
    }
}
