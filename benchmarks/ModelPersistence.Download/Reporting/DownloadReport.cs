using System.Globalization;
using ModelPersistence.Download.Harness;
using ModelPersistence.Measuring;
using static ModelPersistence.Download.Harness.ContenderNames;

namespace ModelPersistence.Download.Reporting;

/// <summary>The result, as tables with notes. What is added is shown at once.</summary>
internal sealed class DownloadReport
{
    private readonly MarkdownText _text = new();
    private readonly Dictionary<string, Outcome> _outcomes = new(StringComparer.Ordinal);
    private string _bars = "";

    public void Add(string experiment, string title, Outcome outcome)
    {
        _outcomes[experiment] = outcome;
        _text.Heading(title);
        OutcomeTable.AddTo(_text, outcome);
    }

    public void AddBars()
    {
        var (single, set, paced) = (_outcomes.GetValueOrDefault("object"), _outcomes.GetValueOrDefault("set"), _outcomes.GetValueOrDefault("paced"));
        _text.Heading("Bars");
        _text.Note("Ours verifies every byte. A figure is how many times the peer's it is, or the peer's ours, as the bar is meant.");
        _bars = BarTable.AddTo(_text,
        [
            new Bar("TransferUtility, its fastest mode", single, Figures.Transfer, TransferUtility) { AtLeast = 1.4 },
            new Bar(SdkPlain, single, Figures.Transfer, [SdkPlain]) { AtLeast = 2 },
            new Bar("rclone, default options, as an S3 client", single, Figures.Process, [RcloneS3]) { AtLeast = 1.4 },
            new Bar("rclone, default options, as a client of a plain web server", single, Figures.Process, [RcloneHttp]),
            new Bar("the aws CLI", single, Figures.Process, [AwsCli]) { AtLeast = 2 },
            new Bar("TransferUtility, the mode that takes the least CPU", single, Figures.Cpu, TransferUtility) { AtMost = 0.75 },
            new Bar("TransferUtility, the mode that takes the least memory", single, Figures.Peak, TransferUtility) { AtMost = 1 },
            new Bar("20 ms and 200 MB/s a connection: one stream", paced, Figures.Process, [Curl]) { AtLeast = 2.5 },
            new Bar("20 ms and 200 MB/s a connection: eight parallel curls", paced, Figures.Process, [Curls]) { AtLeast = 0.9 },
            new Bar("40 × 4 MiB: the SDK's directory download", set, Figures.Transfer, [SdkDirectory, SdkDirectoryParallel]) { AtLeast = 1.4 },
            new Bar("the same with hashing left out", single, Figures.Transfer, []) { Twin = Unhashed, AtMost = 1.35 },
        ]);
    }

    /// <summary>The whole document, with a head that says where, when and how.</summary>
    public string Render(TimeProvider clock, HarnessOptions options)
    {
        var date = clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var command = $"dotnet run -c Release --project benchmarks/ModelPersistence.Download -- --size {options.Size} --runs {options.Runs}{(options.Around is null ? "" : " --around <program>")}";
        return $"""
            # Download

            {_bars}{(options.Quick ? ". **A quick trial, not a result**" : "")}. Measured {date} by `{command}` on: {Machine.Describe(Versions())}.

            Every download is a fresh process that writes into an empty folder of one file system; the contenders go by turns, in {options.Runs} counted rounds after one that is not counted, in
            which all bytes are compared with what was published. Figures are medians with the smallest and the largest; ratios are medians of the rounds' ratios with a 95% bootstrap interval in
            brackets. Servers run on the same machine, on loopback, with everything in the page cache: nginx with two workers as the fast server, a server of our own with latency and a bound for each
            connection, radosgw as a real S3 server. Nothing is flushed to the disk unless a heading says so. *Whole process* is from just before the start of a process to its end; *transfer* is what
            the process itself counts from its first request until the files are complete, with its clients and services made before; for a command it is the whole process. Bars against commands are judged by the whole process on both
            sides, bars against the SDK, which runs in a process like ours, precompiled alike (ReadyToRun), by the transfer. CPU is user and system time of the client alone. Peak memory is
            the highest mark of what was resident; of several processes the sum. GB are 1,000,000,000 bytes.{(options.Around is null ? "" : " Other work on the machine was halted in the rounds of the experiments that bars are judged by.")}


            """ + _text;
    }

    private static IEnumerable<string> Versions()
    {
        yield return $"AWSSDK.S3 {typeof(Amazon.S3.AmazonS3Client).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyFileVersionAttribute), false).Cast<System.Reflection.AssemblyFileVersionAttribute>().First().Version}";
        yield return Tools.Version(Tools.Nginx!, "-v");
        foreach (var tool in new[] { Tools.Rclone, Tools.Aws, Tools.Curl }.Where(static tool => tool is not null))
        {
            yield return Tools.Version(tool!);
        }
    }
}
