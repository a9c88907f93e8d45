using ModelPersistence.ColdStart.Reporting;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>Runs every experiment and writes the result.</summary>
internal static class ColdStartHarness
{
    public static async Task<int> RunAsync(HarnessOptions options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("The harness reads /proc and drops files from the page cache: it needs Linux.");
            return 1;
        }

        var scratch = Directory.CreateTempSubdirectory("modelpersistence-coldstart-");
        try
        {
            Say("publishing ReadyToRun");
            var program = await Precompiled.PublishAsync(
                "ModelPersistence.ColdStart", Path.Combine(scratch.FullName, "program"), "ModelPersistence", "Microsoft.ML.OnnxRuntime", "Microsoft.Extensions.Hosting");
            var report = new MarkdownReport();
            await MeasureFullyAsync(report, Laboratory(Subject.Synthetic(options.Size)), options);
            foreach (var size in options.OtherSizes)
            {
                await MeasureStartsAsync(report, Laboratory(Subject.Synthetic(size)), options);
            }

            await MeasureVadAsync(report, Laboratory(Subject.Vad()), options);
            Write(report, options);
            return 0;

            Laboratory Laboratory(Subject subject) => new(program, Path.Combine(scratch.FullName, subject.Title.Replace(' ', '-')), subject);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task MeasureFullyAsync(MarkdownReport report, Laboratory laboratory, HarnessOptions options)
    {
        // The bars are set for the model of 268 MB; smaller ones have less to save, larger ones more.
        var bars = options.Size == 268;
        var prepared = await BeginAsync(report, laboratory);
        var starts = new StartExperiments(laboratory, prepared, options.Runs);
        report.Heading("Second start: prepared", 3);
        report.Table([.. await starts.LoadAsync(bars ? 6 : null), .. await starts.ColdAsync(bars ? 4 : null), .. await starts.HostAsync(bars ? 3.5 : null, bars ? 2.5 : null)]);
        report.Heading("First start, new host", 3);
        report.Table([.. await starts.FirstAsync(bars ? 1.15 : null), .. await starts.NewHostAsync()]);
        report.Heading("Memory", 3);
        report.Table(await new MemoryExperiments(laboratory, prepared, options.Quick ? 1 : 5).RunAsync(bars));
        report.Heading("Served", 3);
        var steady = new SteadyExperiments(laboratory, prepared, options.LatencyRounds);
        report.Table([.. await steady.LatencyAsync(bars), .. await steady.OutputsAsync(bars)]);
    }

    private static async Task MeasureStartsAsync(MarkdownReport report, Laboratory laboratory, HarnessOptions options)
    {
        var prepared = await BeginAsync(report, laboratory);
        var starts = new StartExperiments(laboratory, prepared, options.Runs);
        var steady = new SteadyExperiments(laboratory, prepared, options.LatencyRounds);
        report.Table(
        [
            .. await starts.LoadAsync(), .. await starts.ColdAsync(), .. await starts.HostAsync(), .. await starts.FirstAsync(),
            .. await steady.LatencyAsync(bars: false), .. await steady.OutputsAsync(bars: false),
        ]);
    }

    private static async Task MeasureVadAsync(MarkdownReport report, Laboratory laboratory, HarnessOptions options)
    {
        var prepared = await BeginAsync(report, laboratory);
        var starts = new StartExperiments(laboratory, prepared, options.Runs);
        var steady = new SteadyExperiments(laboratory, prepared, options.LatencyRounds);
        report.Table([.. await starts.LoadAsync(1), .. await starts.HostAsync(1, 1), .. await steady.OutputsAsync(bars: false)]);
    }

    private static async Task<Stage> BeginAsync(MarkdownReport report, Laboratory laboratory)
    {
        var subject = laboratory.Subject;
        Say($"preparing {subject.Title}");
        await laboratory.WriteExpectedAsync();
        var stage = await laboratory.PreparedAsync(await laboratory.PublishedAsync());
        var settled = await laboratory.SettleAsync(stage);
        report.Heading(subject.Title);
        report.Note($"A second start, as its timeline tells it (tier {settled.Text("tier")} in the end): {settled.Text("timeline")}.");
        if (settled.Text("degraded") is { Length: > 0 } reasons)
        {
            report.Note($"Degraded: {reasons}");
        }

        return stage;
    }

    private static void Write(MarkdownReport report, HarnessOptions options)
    {
        var command = $"dotnet run -c Release --project benchmarks/ModelPersistence.ColdStart -- --size {options.Size} --runs {options.Runs}{(options.Quick ? " --quick" : "")}";
        var text = report.Render(TimeProvider.System, command, options.Runs, options.Quick);
        if (options.Out is null)
        {
            Console.WriteLine(text[..text.IndexOf("## ", StringComparison.Ordinal)]);
            return;
        }

        var path = Path.GetFullPath(options.Out, RepositoryFolder.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Say($"wrote {path}");
    }

    private static void Say(string text) => Console.Error.WriteLine($"cold start: {text}");
}
