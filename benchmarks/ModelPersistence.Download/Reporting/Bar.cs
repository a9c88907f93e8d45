using System.Globalization;
using ModelPersistence.Download.Harness;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Reporting;

/// <summary>A goal: how many times better than the best of its peers. Without a limit it is only told.</summary>
/// <param name="Against">The peer, or what is compared.</param>
/// <param name="Outcome">The experiment; null when it was not run.</param>
/// <param name="Figure">What it is judged by.</param>
/// <param name="Peers">Those of whom the best counts.</param>
internal sealed record Bar(string Against, Outcome? Outcome, Figure Figure, IReadOnlyList<string> Peers)
{
    /// <summary>The peer's figure must be at least so many times ours.</summary>
    public double? AtLeast { get; init; }

    /// <summary>Ours must be at most so many times the peer's.</summary>
    public double? AtMost { get; init; }

    /// <summary>Whom each of ours is compared with instead of the peers.</summary>
    public Func<string, string>? Twin { get; init; }

    public string? Peer => Outcome?.Best(Peers, Figure.Of);

    public string Limit => AtLeast is { } least ? $"≥ {Text(least)}" : AtMost is { } most ? $"≤ {Text(most)}" : "none";

    /// <summary>The median of the rounds' ratios with its 95% bootstrap interval, and whether that meets the bar, if there is one; null when one side was not measured.</summary>
    public (string Text, bool? Met)? Judge(string ours)
    {
        if ((Twin?.Invoke(ours) ?? Peer) is not { } peer || Outcome is null || !Outcome.Has(ours) || !Outcome.Has(peer))
        {
            return null;
        }

        var (a, b) = (Outcome.Values(AtMost is null ? peer : ours, Figure.Of), Outcome.Values(AtMost is null ? ours : peer, Figure.Of));
        var ratio = Statistics.MedianOfRatios(a, b);
        var (low, high) = Statistics.Interval(a, b, Statistics.MedianOfRatios);
        return ($"{Text(ratio)} [{Text(low)}, {Text(high)}]", AtLeast is { } least ? ratio >= least : AtMost is { } most ? ratio <= most : null);
    }

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
