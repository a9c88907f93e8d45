using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Measuring;
using ModelPersistence.Runtime;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Serving.Reporting;
using ModelPersistence.Testing;

namespace ModelPersistence.Serving.Throughput;

/// <summary>A lease for each run against the plain session used directly, on several numbers of threads.</summary>
internal static class ThroughputExperiment
{
    private const string Reference = "vad";
    private const double Least = 0.98;
    private const string Method = """
        Silero v5, 576 samples a run, in rounds: in each the plain session, made of the same file with the session options that the library uses, a lease for each run, and the library's own
        session used directly take turns on the same number of threads; who begins changes. The inputs are made once for each thread on all sides, the run options for each run. Figures
        are medians of the rounds; the ratio is the median of the rounds' ratios with its 95% bootstrap interval. What the lease costs is what lies between it and the library's own session used directly.
        """;

    public static async Task<ServingReport> RunAsync(HarnessOptions options)
    {
        ServingReport report = new("Throughput of leases", Method);
        using ScratchFolder scratch = new();
        await using var host = await ServingHost.StartAsync(
            configure => configure.CachePath = scratch["cache"],
            builder => builder.AddModelFile(Reference, TestModels.SileroVadV5, static model => model
                .WarmupInput("input", [1, 576]).WarmupInput("state", [2, 1, 128]).WarmupInput("sr", [], 16000)));
        await host.SettleAsync(Reference);
        using var settings = SessionSettings.Default.CreateOptions(GraphOptimizationLevel.ORT_ENABLE_ALL);
        using var plain = new InferenceSession(TestModels.SileroVadV5, settings);
        using var held = Leases.Get(host.Models, Reference);
        report.Text.Note($"The library serves from its tier {held.Tier}.");
        Func<Func<bool>, long>[] sides =
        [
            goesOn => RunLoop.Session(plain, goesOn),
            goesOn => RunLoop.Lease(host.Models, Reference, goesOn),
            goesOn => RunLoop.Session(held.Session, goesOn),
        ];
        report.Text.Table(
            ["threads", "rounds", "plain session, runs/s", "lease for each run, runs/s", "library's session directly, runs/s", "lease / plain", "lease / library's session"],
            [.. new[] { 1, 2, 4, 8 }.Select(threads => Measure(report, threads, options, sides))]);
        return report;
    }

    private static string[] Measure(ServingReport report, int threads, HarnessOptions options, Func<Func<bool>, long>[] sides)
    {
        var length = TimeSpan.FromSeconds(options.Quick ? 0.3 : 1);
        var rounds = Math.Max(3, (int)(options.Seconds / length.TotalSeconds / sides.Length));
        var rates = sides.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < sides.Length; turn++)
            {
                var side = (turn + round) % sides.Length;
                rates[side][round] = Window.Measure(threads, length, sides[side]);
            }
        }

        var ratio = Statistics.MedianOfRatios(rates[1], rates[0]);
        report.Bars.Add(new Bar($"{threads} threads: lease for each run / plain session", $"≥ {Least}", Text(rates[1], rates[0]), ratio >= Least));
        return
        [
            $"{threads}", $"{rounds}", .. rates.Select(static side => $"{Statistics.Median(side):0}"), Text(rates[1], rates[0]), Text(rates[1], rates[2]),
        ];
    }

    private static string Text(double[] a, double[] b)
    {
        var (low, high) = Statistics.Interval(a, b, Statistics.MedianOfRatios);
        return $"{Statistics.MedianOfRatios(a, b):0.000} [{low:0.000}, {high:0.000}]";
    }
}
