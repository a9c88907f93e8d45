namespace ModelPersistence.Monitoring;

/// <summary>How the runs of a version went in one minute. Immutable. Durations are known to 3% between 1 us and 100 s, as in <c>InferenceStatistics</c>.</summary>
/// <param name="Start">When the minute began (UTC).</param>
/// <param name="Count">The runs that ended in it: those that succeeded and those that failed.</param>
/// <param name="Errors">Those of <paramref name="Count"/> that failed.</param>
/// <param name="Rejected">Runs that ended through the caller; not part of <paramref name="Count"/>.</param>
/// <param name="Average">The mean duration of the runs that succeeded; null where there are none.</param>
/// <param name="P50">Their median.</param>
/// <param name="P95">Their 95th percentile.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="Max">The longest.</param>
public sealed record TrendMinute(
    DateTimeOffset Start, long Count, long Errors, long Rejected, TimeSpan? Average, TimeSpan? P50, TimeSpan? P95, TimeSpan? P99, TimeSpan? Max);
