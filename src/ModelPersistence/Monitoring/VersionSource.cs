using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>One load of a version, whose counts are read again and again.</summary>
internal sealed class VersionSource(ServedModel served)
{
    private readonly long[] _before = RunCounts.Create();
    private bool _wasSettled;

    public ServedModel Served => served;

    /// <summary>What was counted since the last look, written into an array; whether all of it ran on the last tier.</summary>
    public bool TakeNew(long[] fresh)
    {
        // Looked at first: a tier that comes meanwhile counts from the next look on.
        var (allOnLastTier, isSettled) = (_wasSettled, served.IsSettled);
        served.Statistics.CopyTo(fresh);
        for (var i = 0; i < fresh.Length; i++)
        {
            (fresh[i], _before[i]) = (fresh[i] - _before[i], fresh[i]);
        }

        _wasSettled = isSettled;
        return allOnLastTier;
    }
}
