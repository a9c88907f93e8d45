using System.Globalization;
using ModelPersistence.ColdStart.Reporting;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>What holds once a model is warm: latency, outputs, the price of a lease.</summary>
internal sealed class SteadyExperiments(Laboratory laboratory, Stage prepared, int rounds)
{
    public async Task<IEnumerable<Row>> LatencyAsync(bool bars)
    {
        // Settings that change the session are part of an artifact's key: a stage of its own is prepared with them.
        var still = await laboratory.PublishedAsync();
        return [await DuelAsync("runtime's threads spin, as by default", prepared, bars), await DuelAsync("threads do not spin", still, bars, "spinning=0")];
    }

    public async Task<IEnumerable<Row>> OutputsAsync(bool bars)
    {
        var result = await laboratory.FollowedAsync(prepared, "then=outputs");
        return
        [
            Outputs("first"),
            Outputs("last"),
            new Row(
                "`GetAsync` and `Dispose` on the warm model (quick figure; see lease-acquire.md)",
                "",
                $"{result["call.ns"]:0.0} ns, {result["call.bytes"]:0} bytes",
                "",
                bars ? "≤ 100 ns, ≤ 48 bytes" : "",
                bars ? result["call.ns"] <= 100 && result["call.bytes"] <= 48.5 : null),
        ];

        Row Outputs(string prefix) => new(
            $"Outputs of the {prefix} session to serve ({result.Text($"{prefix}.tier")}) against the plain session's, {Child.Workload.Count} inputs",
            "",
            result[$"{prefix}.difference"].ToString("0.0e+0", CultureInfo.InvariantCulture),
            $"largest difference; {result[$"{prefix}.of-allowed"]:P0} of what is allowed",
            "equal",
            result[$"{prefix}.of-allowed"] <= 1);
    }

    private async Task<Row> DuelAsync(string how, Stage stage, bool bars, params string[] more)
    {
        var result = await laboratory.FollowedAsync(stage, ["then=latency", $"rounds={rounds}", .. more]);
        var (plain, managed) = (Series("plain"), Series("managed"));
        var ratio = Statistics.MedianOfRatios(managed, plain);
        var (low, high) = Statistics.Interval(managed, plain, Statistics.MedianOfRatios);
        return new Row(
            $"Steady latency of {result.Text("tier")} against the plain session, {plain.Length} paired rounds in one process; {how}",
            Row.Times(plain),
            Row.Times(managed),
            $"{ratio:0.000} times the latency [{low:0.000}, {high:0.000}]",
            bars ? "within 5%" : "",
            bars ? ratio <= 1.05 : null);

        double[] Series(string name) => [.. result.Text(name).Split(';').Select(static value => double.Parse(value, CultureInfo.InvariantCulture))];
    }
}
