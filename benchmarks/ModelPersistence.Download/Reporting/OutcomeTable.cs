using System.Globalization;
using ModelPersistence.Download.Harness;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Reporting;

/// <summary>An experiment's figures: medians with the smallest and the largest.</summary>
internal static class OutcomeTable
{
    public static void AddTo(MarkdownText text, Outcome outcome)
    {
        text.Table(
            ["", "whole process, ms", "transfer, ms", "MB/s of the transfer", "CPU s/GB", "server's CPU s/GB", "peak memory, MB"],
            outcome.Contenders.Select(contender => outcome.Has(contender.Name) ? Row(outcome, contender) : [contender.Name, contender.Missing, "", "", "", "", ""]));
        var measurements = outcome.Results.Values.SelectMany(static results => results).ToList();
        if (measurements.All(static one => one.Others is null))
        {
            return;
        }

        text.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"Others took {measurements.Sum(static one => one.Others) / measurements.Sum(static one => one.Process / 1000 * Environment.ProcessorCount):P0} of the processors meanwhile."));
    }

    private static IEnumerable<string> Row(Outcome outcome, Contender contender) =>
    [
        contender.Name,
        Spread(outcome.Values(contender.Name, Figures.Process.Of), "0"),
        Spread(outcome.Values(contender.Name, Figures.Transfer.Of), "0"),
        Text(outcome.Served.Bytes / 1e3 / outcome.Median(contender.Name, Figures.Transfer.Of), "0"),
        Spread([.. outcome.Values(contender.Name, Figures.Cpu.Of).Select(seconds => seconds / outcome.Served.Gigabytes)], "0.00"),
        outcome.Results[contender.Name][0].Server is null ? "" : Text(outcome.Median(contender.Name, static one => one.Server ?? 0) / outcome.Served.Gigabytes, "0.00"),
        Spread(outcome.Values(contender.Name, Figures.Peak.Of), "0"),
    ];

    private static string Spread(double[] values, string format) => $"{Text(Statistics.Median(values), format)} ({Text(values.Min(), format)}–{Text(values.Max(), format)})";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
