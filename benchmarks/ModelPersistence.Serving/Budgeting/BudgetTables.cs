using ModelPersistence.Serving.Reporting;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>The bars and figures of both parts.</summary>
internal static class BudgetTables
{
    public static void AddPatient(ServingReport report, long budget, BudgetOutcome outcome)
    {
        var failed = outcome.Tally.Failed + outcome.Refusals;
        report.Bars.Add(new Bar("loads wait: failed or refused requests", "0", $"{failed} of {outcome.Tally.Latencies.Count + failed}", failed == 0));
        Add(report, "loads wait", budget, outcome);
    }

    public static void AddImpatient(ServingReport report, long budget, BudgetOutcome outcome)
    {
        var failed = outcome.Tally.Failed;
        report.Bars.Add(new Bar(
            "loads are refused: requests that failed otherwise than by a transient ModelMemoryException", "0",
            $"{failed} of {outcome.Tally.Latencies.Count + outcome.Refusals + failed}, {outcome.Refusals} refused", failed == 0));
        Add(report, "loads are refused", budget, outcome);
    }

    private static void Add(ServingReport report, string part, long budget, BudgetOutcome outcome)
    {
        var (latencies, sampler) = (outcome.Tally.Latencies, outcome.Sampler);
        var grown = sampler.MostPrivate - outcome.PrivateBefore;
        report.Bars.AddRange(
        [
            new Bar($"{part}: wrong answers", "0", $"{outcome.Tally.Wrong}", outcome.Tally.Wrong == 0),
            new Bar($"{part}: samples with more claimed than the budget", "0", $"{sampler.Over} of {sampler.Samples}, at most {Megabytes(sampler.MostHeld)} of {Megabytes(budget)}", sampler.Over == 0),
            new Bar($"{part}: private memory beyond that of the clients at work on one model without it, at most", $"≤ {Megabytes(budget)}", Megabytes(grown), grown <= budget),
        ]);
        report.Text.Heading($"Figures where {part}");
        report.Text.Table(
            ["answered", "refused", "p50, ms", "p95, ms", "p99, ms", "longest, ms", "loads", "unloads", "models loaded, mean (most)", "claimed, most", "claimed by sessions that serve, most", "private memory without models", "private memory, most"],
            [
                [
                    $"{latencies.Count}", $"{outcome.Refusals}", $"{latencies.Percentile(0.5):0.0}", $"{latencies.Percentile(0.95):0.0}", $"{latencies.Percentile(0.99):0.0}", $"{latencies.MaxMilliseconds:0}",
                    $"{outcome.Loads}", $"{outcome.Unloads}", $"{sampler.MeanModels:0.0} ({sampler.MostModels})", Megabytes(sampler.MostHeld), Megabytes(sampler.MostShown),
                    Megabytes(outcome.PrivateBefore), Megabytes(sampler.MostPrivate),
                ],
            ]);
        if (outcome.Tally.Examples.Count > 0)
        {
            report.Text.Note($"What went wrong, for example: {string.Join("; ", outcome.Tally.Examples)}");
        }
    }

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";
}
