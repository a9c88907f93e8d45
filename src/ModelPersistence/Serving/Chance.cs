namespace ModelPersistence.Serving;

/// <summary>
/// Tells a rate that is over its bound from one that only looks so. Counts are compared by Chernoff's inequality, which holds for small counts and small
/// rates too, where the usual normal approximations trip over the first unlucky request.
/// </summary>
internal static class Chance
{
    // The least n·KL(rate‖bound) that counts. It is asked over and over, so each single answer must be far surer than the whole: at a true rate
    // equal to the bound, asked after every failure, 10,000 requests trip it in fewer than two of 10,000 runs (summed exactly for bounds
    // from 0.1% to 20%).
    private const double Evidence = 10;

    /// <summary>Whether the share of hits is over the bound by more than chance.</summary>
    public static bool IsBeyond(long count, long hits, double bound)
    {
        var rate = Math.Min((double)hits / count, 1);
        return rate > bound && count * Divergence(rate, bound) >= Evidence;
    }

    /// <summary>The Kullback-Leibler divergence of two yes-or-no chances, in nats.</summary>
    private static double Divergence(double rate, double bound) =>
        (rate * Math.Log(rate / bound)) + (rate < 1 ? (1 - rate) * Math.Log((1 - rate) / (1 - bound)) : 0);
}
