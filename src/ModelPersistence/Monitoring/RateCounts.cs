namespace ModelPersistence.Monitoring;

/// <summary>What is counted for rates.</summary>
/// <param name="Succeeded">Runs that gave outputs.</param>
/// <param name="Failed">Runs that failed, not through the caller.</param>
/// <param name="Timed">Of those that succeeded, the ones on the version's last tier.</param>
/// <param name="Slow">Of those, the ones that took longer than the target.</param>
internal readonly record struct RateCounts(long Succeeded, long Failed, long Timed, long Slow)
{
    public static RateCounts operator +(RateCounts left, RateCounts right) =>
        new(left.Succeeded + right.Succeeded, left.Failed + right.Failed, left.Timed + right.Timed, left.Slow + right.Slow);

    public static RateCounts operator -(RateCounts left, RateCounts right) =>
        new(left.Succeeded - right.Succeeded, left.Failed - right.Failed, left.Timed - right.Timed, left.Slow - right.Slow);
}
