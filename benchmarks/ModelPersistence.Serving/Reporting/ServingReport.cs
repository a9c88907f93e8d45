using ModelPersistence.Measuring;
using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Reporting;

/// <summary>The result of an experiment: its bars, how it was measured, and the figures.</summary>
internal sealed class ServingReport(string title, string method)
{
    private readonly string _loadBefore = MachineLoad();

    public MarkdownText Text { get; } = new();

    public List<Bar> Bars { get; } = [];

    public bool IsMet => Bars.All(static bar => bar.IsMet);

    public void Write(HarnessOptions options)
    {
        var text = Render(options);
        if (options.Out is null)
        {
            // The tables were shown as they were made.
            return;
        }

        var path = Path.GetFullPath(options.Out, RepositoryFolder.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Console.Error.WriteLine($"serving: wrote {path}");
    }

    private string Render(HarnessOptions options)
    {
        MarkdownText bars = new();
        bars.Table(["", "bar", "measured", ""], Bars.Select(static bar => new[] { bar.Question, bar.Limit, bar.Measured, bar.IsMet ? "met" : "**missed**" }));
        return $"""
            # {title}

            {Bars.Count(static bar => bar.IsMet)} of {Bars.Count} bars are met{(options.Quick ? ". **A quick trial, not a result**" : "")}. Measured {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm 'UTC'} by
            `dotnet run -c Release --project benchmarks/ModelPersistence.Serving -- {options.Experiment} --seconds {options.Seconds} --threads {options.Threads}` on:
            {Machine.Describe($"ONNX Runtime {Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString()}")}. Load of the machine (mean of a minute) before: {_loadBefore}, at the end: {MachineLoad()}.

            {method}

            {bars}
            {Text}
            """;
    }

    private static string MachineLoad() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
