using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Reporting;

/// <summary>The result, as tables with notes. What is added is shown at once.</summary>
internal sealed class MarkdownReport
{
    private static readonly string[] Head = ["", "plain", "managed", "", "bar", ""];

    private readonly MarkdownText _text = new();
    private int _bars;
    private int _met;

    public void Heading(string text, int level = 2) => _text.Heading(text, level);

    public void Note(string text) => _text.Note(text);

    public void Table(IEnumerable<Row> lines)
    {
        var rows = lines.ToList();
        _text.Table(Head, rows.Select(static row => new[] { row.What, row.Plain, row.Managed, row.Comparison, row.Bar, row.Verdict }));
        _bars += rows.Count(static row => row.Met is not null);
        _met += rows.Count(static row => row.Met is true);
    }

    /// <summary>The whole document, with a head that says where, when and how.</summary>
    public string Render(TimeProvider clock, string command, int runs, bool quick)
    {
        var date = clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return $"""
            # Cold start

            {_met} of {_bars} bars met{(quick ? ". **A quick trial, not a result**" : "")}. Measured {date} by `{command}` on: {Machine.Describe($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}")}.

            *Plain* is a generic host whose code calls `new InferenceSession(path)`; *managed* is the same host with model management. Every figure of a start is
            the median of {runs} fresh processes with the smallest and the largest, the kinds by turns; ratios are ratios of medians with a 95% bootstrap interval in
            brackets. Both sides are one program, published ReadyToRun, without logging providers, and every process compares its first output with that of a plain session
            before it counts (|a − b| ≤ 1e-6 + 1e-5 · scale). Batch 1, sequence 32. For a cold page cache the files of the model, its repository and its cache are evicted and
            mincore must find at most one page in a hundred of them; programs and libraries stay. MB are 1,000,000 bytes.


            """ + _text;
    }
}
