using ModelPersistence.Measuring;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Serving.Reporting;

namespace ModelPersistence.Serving.Swapping;

/// <summary>The bars and figures of one part.</summary>
internal static class SwapTables
{
    private const double MaxRatio = 1.5;

    // What a leak of one handle or mapping for each swap would exceed many times over.
    private const int Handles = 4;
    private const int Mappings = 100;
    private const double PrivateShare = 1.1;
    private const long ManagedBytes = 2 << 20;

    public static void AddTo(ServingReport report, string part, SwapOutcome outcome)
    {
        var (before, after) = (outcome.Before!, outcome.After!);
        var (still, moving) = (Merge(outcome.Still), Merge(outcome.Moving));
        var (failed, wrong) = (outcome.All.Sum(static tally => tally.Failed), outcome.All.Sum(static tally => tally.Wrong));
        var ratio = moving.Percentile(0.99) / still.Percentile(0.99);
        var (a, b) = (Percentiles(outcome.Moving), Percentiles(outcome.Still));
        var (low, high) = Statistics.Interval(a, b, Statistics.MedianOfRatios);
        report.Bars.AddRange(
        [
            new Bar($"{part}: failed requests", "0", $"{failed} of {still.Count + moving.Count + failed}", failed == 0),
            new Bar($"{part}: wrong answers", "0", $"{wrong}", wrong == 0),
            new Bar($"{part}: p99 with swaps / without", $"≤ {MaxRatio}", $"{ratio:0.00} (median of the pairs {Statistics.MedianOfRatios(a, b):0.00} [{low:0.00}, {high:0.00}])", ratio <= MaxRatio),
            new Bar($"{part}: sessions alive after the last swap, of those that answered", "≤ 1", $"{outcome.SessionsAlive} of {outcome.SessionsSeen}", outcome.SessionsAlive <= 1),
            new Bar($"{part}: open handles", $"≤ {before.Handles} + {Handles}", $"{after.Handles}", after.Handles <= before.Handles + Handles),
            new Bar($"{part}: mappings of the models' files", $"≤ {before.FileMappings}", $"{after.FileMappings}", after.FileMappings <= before.FileMappings),
            new Bar($"{part}: all mappings", $"≤ {before.Mappings} + {Mappings}", $"{after.Mappings}", after.Mappings <= before.Mappings + Mappings),
            new Bar($"{part}: private memory", $"≤ {PrivateShare} × {Megabytes(before.PrivateBytes)}", Megabytes(after.PrivateBytes), after.PrivateBytes <= before.PrivateBytes * PrivateShare),
            new Bar($"{part}: managed heap", $"≤ {Megabytes(before.ManagedBytes)} + {Megabytes(ManagedBytes)}", Megabytes(after.ManagedBytes), after.ManagedBytes <= before.ManagedBytes + ManagedBytes),
        ]);
        AddFigures(report, part, outcome);
    }

    private static void AddFigures(ServingReport report, string part, SwapOutcome outcome)
    {
        report.Text.Heading($"Requests, {part}");
        report.Text.Note($"The alias was moved {outcome.Moves} times, {outcome.Broken} of them to a broken version. The host swapped {outcome.Swapped} times and turned a version away {outcome.Refused} times; "
            + "a move that is overtaken by the next leaves no trace.");
        report.Text.Table(
            ["phase", "requests", "p50, ms", "p95, ms", "p99, ms", "longest, ms", "failed", "wrong"],
            outcome.Still.Zip(outcome.Moving).SelectMany(static (pair, i) => new[] { Row($"{(2 * i) + 1}: the alias stays", [pair.First]), Row($"{(2 * i) + 2}: it moves", [pair.Second]) })
                .Append(Row("all without swaps", outcome.Still))
                .Append(Row("all with swaps", outcome.Moving)));
        foreach (var (reason, count) in outcome.Reasons)
        {
            report.Text.Note($"Turned away, {count} times: {reason}");
        }

        var examples = outcome.All.SelectMany(static tally => tally.Examples).Take(10).ToList();
        if (examples.Count > 0)
        {
            report.Text.Note($"What went wrong, for example: {string.Join("; ", examples)}");
        }
    }

    private static string[] Row(string name, IReadOnlyList<Tally> tallies)
    {
        var all = Merge(tallies);
        return
        [
            name, $"{all.Count}", $"{all.Percentile(0.5):0.00}", $"{all.Percentile(0.95):0.00}", $"{all.Percentile(0.99):0.00}", $"{all.MaxMilliseconds:0}",
            $"{tallies.Sum(static tally => tally.Failed)}", $"{tallies.Sum(static tally => tally.Wrong)}",
        ];
    }

    private static LatencyHistogram Merge(IEnumerable<Tally> tallies) => LatencyHistogram.Of(tallies.Select(static tally => tally.Latencies));

    private static double[] Percentiles(IEnumerable<Tally> tallies) => [.. tallies.Select(static tally => tally.Latencies.Percentile(0.99))];

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";
}
