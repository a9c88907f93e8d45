namespace ModelPersistence.Serving;

/// <summary>What the claims of a budget come to at one moment, by what can be expected of them.</summary>
internal readonly struct MemoryTally
{
    public MemoryTally(List<MemoryClaim> claims)
    {
        var oldestUse = long.MaxValue;
        foreach (var claim in claims)
        {
            switch (claim)
            {
                case { Stage: MemoryClaimStage.Leaving }:
                    Leaving += claim.Bytes;
                    break;
                case { Stage: MemoryClaimStage.Draining }:
                    Draining += claim.Bytes;
                    break;
                case { Resident: null }:
                    break;
                case { Resident.KeptAs: not null }:
                    Kept += claim.Bytes;
                    break;
                case { Resident: { IsIdle: true } resident }:
                    Idle += claim.Bytes;
                    var lastUse = resident.LastUsed;
                    if (Oldest is null || lastUse < oldestUse)
                    {
                        (Oldest, oldestUse) = (claim, lastUse);
                    }

                    break;
                default:
                    IsAnyInUse = true;
                    break;
            }
        }
    }

    /// <summary>Held by what is never unloaded.</summary>
    public long Kept { get; }

    /// <summary>Held by what was unloaded while idle.</summary>
    public long Leaving { get; }

    /// <summary>Held by what was withdrawn and may still be leased.</summary>
    public long Draining { get; }

    /// <summary>Held by what can be unloaded now.</summary>
    public long Idle { get; }

    /// <summary>Of what can be unloaded now, the one that was used longest ago.</summary>
    public MemoryClaim? Oldest { get; }

    /// <summary>Whether something could be unloaded if it were not in use.</summary>
    public bool IsAnyInUse { get; }
}
