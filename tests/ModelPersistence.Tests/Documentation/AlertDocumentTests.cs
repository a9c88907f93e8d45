using System.Globalization;
using System.Text.RegularExpressions;
using ModelPersistence.Configuration;
using ModelPersistence.Monitoring;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

/// <summary>Holds the tables of docs/alerts.md to the code.</summary>
internal sealed partial class AlertDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "alerts.md")).ReplaceLineEndings("\n");

    [Test]
    public void Every_rule_stands_in_the_table() =>
        Assert.That(FirstColumn("## Rules", "### Defaults"), Is.EqualTo(Enum.GetValues<AlertRule>().Select(static rule => AlertJson.NameOf(rule))));

    [Test]
    public void Every_setting_stands_there_with_its_default()
    {
        List<string> expected = [];
        Collect(new AlertOptions(), "", expected);
        Assert.That(Rows("### Defaults", "## Drift"), Is.EquivalentTo(expected));
    }

    [Test]
    public void What_the_text_says_in_numbers_is_so()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Document, Does.Contain($"Minutes with fewer than {DriftObservation.LeastRuns} runs are added up"));
        Assert.That(Document, Does.Contain($"The first {DriftDetector.Baseline} observations make the history"));
        Assert.That(DriftDetector.FewestToAlarm, Is.EqualTo(5), "the fewest observations that raise one");
        Assert.That(Document, Does.Contain($"holds {SinkQueue.Most} alerts and drops").And.Contain($"{WatchedVersions.Most} versions are kept at most"));
        Assert.That((AlertSinks.LastFlush.TotalSeconds, AlertBook.ResolveAfter.TotalMinutes, MonitoringService.BeginAfter.TotalSeconds), Is.EqualTo((1.0, 1.0, 10.0)));
        Assert.That(Document, Does.Contain($"`{WebhookSignature.Header}: t=<seconds since 1970>,v1=<hex>`"));
    }

    private static IEnumerable<string> FirstColumn(string from, string to) => Rows(from, to).Select(static row => row.Split(' ')[0]);

    private static List<string> Rows(string from, string to)
    {
        var section = Document[Document.IndexOf(from, StringComparison.Ordinal)..Document.IndexOf(to, StringComparison.Ordinal)];
        return [.. Row().Matches(section).Select(static row => $"{row.Groups[1].Value} {row.Groups[2].Value.Trim()}")];
    }

    private static void Collect(object options, string prefix, List<string> rows)
    {
        foreach (var property in options.GetType().GetProperties())
        {
            var value = property.GetValue(options);
            if (value is DriftOptions or WebhookOptions)
            {
                Collect(value, $"{property.Name}:", rows);
            }
            else
            {
                rows.Add($"{prefix}{property.Name} {(value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "none")}");
            }
        }
    }

    [GeneratedRegex(@"^\| `([\w:]+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
