using ModelPersistence.Download.Harness;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Reporting;

/// <summary>The goals with what was measured, by both ways that we fetch.</summary>
internal static class BarTable
{
    /// <returns>How many goals were met by either way, of how many that were judged.</returns>
    public static string AddTo(MarkdownText text, IReadOnlyList<Bar> bars)
    {
        text.Table(
            ["against", "judged by", "bar", "ours by S3", "", "ours by HTTP", ""],
            bars.Select(Row));
        return $"Bars met: {Met(ContenderNames.OursS3)} by S3, {Met(ContenderNames.OursHttp)} by HTTP";

        string Met(string ours)
        {
            var verdicts = bars.Select(bar => bar.Judge(ours)?.Met).Where(static met => met is not null).ToList();
            return $"{verdicts.Count(static met => met is true)} of {verdicts.Count}";
        }
    }

    private static IEnumerable<string> Row(Bar bar) =>
        [Against(bar), bar.Figure.Name, bar.Limit, .. Cells(bar.Judge(ContenderNames.OursS3)), .. Cells(bar.Judge(ContenderNames.OursHttp))];

    private static string Against(Bar bar) => bar.Peer is { } peer && bar.Peers.Count > 1 ? $"{bar.Against}: {peer}" : bar.Against;

    private static IEnumerable<string> Cells((string Text, bool? Met)? verdict) => verdict is { } known ? [known.Text, known.Met switch { true => "pass", false => "**miss**", null => "" }] : ["not measured", ""];
}
