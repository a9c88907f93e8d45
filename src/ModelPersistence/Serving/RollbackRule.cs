using System.Globalization;
using ModelPersistence.Configuration;

namespace ModelPersistence.Serving;

/// <summary>Whether a version is to be taken back, judged on nothing but counts that are beyond <see cref="Chance"/>.</summary>
internal static class RollbackRule
{
    private const double SlowShare = 0.05;

    /// <summary>Null when the share of errors is within the bound or may be by chance, else why not.</summary>
    public static string? WhyTooManyErrors(long requests, long errors, RollbackOptions options) =>
        requests >= options.MinRequests && Chance.IsBeyond(requests, errors, options.MaxErrorRate)
            ? string.Create(CultureInfo.InvariantCulture, $"{errors} of {requests} requests failed ({(double)errors / requests:P1}), more than Rollback:MaxErrorRate ({options.MaxErrorRate:P1}) allows")
            : null;

    /// <summary>Null when the share of runs slower than <see cref="RollbackOptions.MaxP95"/> is at most 5% or may be by chance, else why not.</summary>
    public static string? WhyTooSlow(long runs, long slow, RollbackOptions options) =>
        options.MaxP95 is { } limit && runs >= options.MinRequests && Chance.IsBeyond(runs, slow, SlowShare)
            ? string.Create(CultureInfo.InvariantCulture, $"{slow} of {runs} runs ({(double)slow / runs:P1}) took longer than Rollback:MaxP95 ({limit.TotalMilliseconds:0.###} ms), which {SlowShare:P0} may")
            : null;
}
