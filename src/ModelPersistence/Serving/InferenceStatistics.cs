namespace ModelPersistence.Serving;

/// <summary>What the runs of one version came to since it began to serve. Immutable.</summary>
/// <param name="Count">The runs that the version answered for: those that succeeded and those that failed.</param>
/// <param name="Errors">Those of <paramref name="Count"/> that failed.</param>
/// <param name="Rejected">Runs that ended through the caller: refused inputs, wrong arguments, stopped runs. Not part of <paramref name="Count"/>, never errors.</param>
/// <param name="Average">The mean duration of the runs that succeeded; null where there are none.</param>
/// <param name="P50">The median of the same runs (nearest rank, to 3%, between 1 us and 100 s).</param>
/// <param name="P95">Their 95th percentile, as <paramref name="P50"/>.</param>
/// <param name="P99">Their 99th percentile, as <paramref name="P50"/>.</param>
public sealed record InferenceStatistics(long Count, long Errors, long Rejected, TimeSpan? Average, TimeSpan? P50, TimeSpan? P95, TimeSpan? P99);
