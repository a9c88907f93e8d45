using ModelPersistence.Measuring;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>The figures of two servers, and which bars they meet.</summary>
internal sealed class EndpointReport(HarnessOptions options)
{
    private const string EndpointMethod = """
        Two web servers on loopback, each a process of its own with the same Kestrel, garbage collector and settings of the runtime (one thread an operator, all optimizations):
        `MapInferenceProtocol` of this library, and a minimal API written by hand over plain sessions, whose bodies System.Text.Json reads into records and writes with generated code
        (`Servers/PlainServer.cs`; it checks nothing and bounds nothing). wrk, on one thread, sends the same requests to both by turns; who begins changes each round, and the first round does not count.
        Both were compared to answer the same. Figures are medians of the rounds; the ratio is the median of the rounds' ratios with its 95% bootstrap interval. Client and server share the processors.
        """;

    private const string TelemetryMethod = """
        `MapInferenceProtocol` twice, each in a process of its own: in one a MeterListener has enabled every instrument of this library and asks for the
        gauges each second, in the other nobody listens. wrk, on one thread, sends the
        same requests to both by turns; who begins changes each round, and the first round does not count. Figures are medians of the rounds; the ratio is the median of the rounds' ratios
        with its 95% bootstrap interval. Client and server share the processors.
        """;

    private readonly string _loadBefore = MachineLoad();
    private readonly List<string[]> _rows = [];
    private int _bars;
    private int _met;

    public bool IsMet => _met == _bars;

    public void Add(Workload workload, int connections, double? least, IReadOnlyList<Window> ours, IReadOnlyList<Window> theirs)
    {
        var (a, b) = (Rates(ours), Rates(theirs));
        var ratio = Statistics.MedianOfRatios(a, b);
        var (low, high) = Statistics.Interval(a, b, Statistics.MedianOfRatios);
        var isMet = ratio >= least;
        (_bars, _met) = (_bars + (least is null ? 0 : 1), _met + (isMet ? 1 : 0));
        _rows.Add(
        [
            workload.Title, $"{connections}", $"{Statistics.Median(a):0}", $"{Statistics.Median(b):0}", $"{ratio:0.00} [{low:0.00}, {high:0.00}]",
            least is null ? "" : $"≥ {least:0.00} {(isMet ? "met" : "**missed**")}", Pair(ours, theirs, static w => w.P99, "0.00"), Pair(ours, theirs, static w => w.Cpu, "0"),
            Pair(ours, theirs, static w => w.Megabytes, "0"),
        ]);
        Console.Error.WriteLine(string.Join(" | ", _rows[^1]));
    }

    public void Write()
    {
        MarkdownText table = new();
        var (one, other) = options.Experiment == HarnessOptions.Endpoint ? ("ours", "by hand") : ("listened to", "not");
        table.Table(["request", "connections", $"{one}, requests/s", $"{other}, requests/s", "ratio", "bar", "p99 ms", "CPU µs a request", "MiB afterwards"], _rows);
        if (options.Out is null)
        {
            return;
        }

        var path = Path.GetFullPath(options.Out, RepositoryFolder.Path);
        File.WriteAllText(path, $"""
            # {(options.Experiment == HarnessOptions.Endpoint ? "Serving over HTTP" : "Serving over HTTP while somebody listens")}

            {_met} of {_bars} bars are met. Measured {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm 'UTC'} by
            `dotnet run -c Release --project benchmarks/ModelPersistence.Endpoint -- {options.Experiment} --rounds {options.Rounds} --seconds {options.Seconds}` on:
            {Machine.Describe($"ONNX Runtime {Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString()}")}. Load of the machine (mean of a minute) before: {_loadBefore}, at the end: {MachineLoad()}.

            {(options.Experiment == HarnessOptions.Endpoint ? EndpointMethod : TelemetryMethod)}

            In the last three columns the first figure is of the server "{one}", the second of "{other}".

            {table}
            """);
        Console.Error.WriteLine($"endpoint: wrote {path}");
    }

    private static double[] Rates(IReadOnlyList<Window> windows) => [.. windows.Select(static window => window.Rate)];

    private static string Pair(IReadOnlyList<Window> a, IReadOnlyList<Window> b, Func<Window, double> figure, string format) =>
        $"{Statistics.Median(a.Select(figure)).ToString(format)} / {Statistics.Median(b.Select(figure)).ToString(format)}";

    private static string MachineLoad() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
