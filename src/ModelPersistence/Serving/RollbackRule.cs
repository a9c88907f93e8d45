using System.Globalization;
using ModelPersistence.Configuration;

namespace ModelPersistence.Serving;

/// <summary>
/// Whether a version is to be taken back, judged on nothing but counts. A count of failures is compared with its bound by Chernoff's
/// inequality, which holds for small counts and small rates too, where the usual normal approximations trip over the first unlucky request.
/// </summary>
internal static class RollbackRule
{
    private const double SlowShare = 0.05;

    // The least n·KL(rate‖bound) that counts. It is asked anew after every failure, so each single answer must be far surer than the whole:
    // at a true rate equal to the bound, 10,000 requests trip it in fewer than two of 10,000 runs (summed exactly for bounds from 0.1% to 20%).
    private const double Evidence = 10;

    /// <summary>Null when the share of errors is within the bound or may be by chance, else why not.</summary>
    public static string? WhyTooManyErrors(long requests, long errors, RollbackOptions options) =>
        requests >= options.MinRequests && IsBeyondChance(requests, errors, options.MaxErrorRate)
            ? string.Create(CultureInfo.InvariantCulture, $"{errors} of {requests} requests failed ({(double)errors / requests:P1}), more than Rollback:MaxErrorRate ({options.MaxErrorRate:P1}) allows")
            : null;

    /// <summary>Null when the share of runs slower than <see cref="RollbackOptions.MaxP95"/> is at most 5% or may be by chance, else why not.</summary>
    public static string? WhyTooSlow(long runs, long slow, RollbackOptions options) =>
        options.MaxP95 is { } limit && runs >= options.MinRequests && IsBeyondChance(runs, slow, SlowShare)
            ? string.Create(CultureInfo.InvariantCulture, $"{slow} of {runs} runs ({(double)slow / runs:P1}) took longer than Rollback:MaxP95 ({limit.TotalMilliseconds:0.###} ms), which {SlowShare:P0} may")
            : null;

    private static bool IsBeyondChance(long count, long hits, double bound)
    {
        var rate = Math.Min((double)hits / count, 1);
        return rate > bound && count * Divergence(rate, bound) >= Evidence;
    }

    /// <summary>The Kullback-Leibler divergence of two yes-or-no chances, in nats.</summary>
    private static double Divergence(double rate, double bound) =>
        (rate * Math.Log(rate / bound)) + (rate < 1 ? (1 - rate) * Math.Log((1 - rate) / (1 - bound)) : 0);
}
