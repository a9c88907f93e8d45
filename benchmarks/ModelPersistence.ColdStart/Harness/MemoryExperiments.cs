using ModelPersistence.ColdStart.Child;
using ModelPersistence.ColdStart.Reporting;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>What a loaded, idle model costs in memory, for one process and for four. Figures in MB of 1,000,000 bytes.</summary>
internal sealed class MemoryExperiments(Laboratory laboratory, Stage prepared, int runs)
{
    private const int Processes = 4;

    public async Task<IEnumerable<Row>> RunAsync(bool bars)
    {
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => HoldAsync(null)),
            ("managed", () => HoldAsync(prepared)),
            ("lean", () => HoldAsync(prepared, oneHeapArena: true)),
        ]);
        var (plain, managed) = (results["plain"], results["managed"]);
        var weights = laboratory.Subject.Megabytes;
        var (plainFour, managedFour) = (await TogetherAsync(null), await TogetherAsync(prepared));
        var leanSum = (await TogetherAsync(prepared, oneHeapArena: true)).Sum(static memory => memory.Proportional);
        var (plainSum, managedSum) = (plainFour.Sum(static memory => memory.Proportional), managedFour.Sum(static memory => memory.Proportional));
        var dirty = Median(managed, "after.dirty");
        return
        [
            Both("Private memory of the process after tier 1, idle (Private_Dirty)", "after.dirty") with { Bar = bars ? "≤ 40 MB" : "", Met = bars ? dirty <= 40 : null },
            new Row("the same with `MALLOC_ARENA_MAX=1` in the managed process's environment", "", $"{Median(results["lean"], "after.dirty"):0.0} MB", ""),
            Both("of which before the load: host and environment", "before.dirty"),
            Both("resident memory without a file (RssAnon)", "after.anonymous"),
            Both("pages of files that only this process maps (Private_Clean): shared as soon as a second one does, droppable at any time", "after.clean"),
            new Row(
                $"Sum of PSS of {Processes} processes at once; the weights have {weights:0} MB",
                $"{plainSum:0} MB",
                $"{managedSum:0} MB",
                $"{managedSum / weights:0.00} times the weights (plain {plainSum / weights:0.0})",
                bars ? "≤ 1.20 times" : "",
                bars ? managedSum / weights <= 1.2 : null),
            new Row(
                "the same with `MALLOC_ARENA_MAX=1` in the managed processes' environment",
                "",
                $"{leanSum:0} MB",
                $"{leanSum / weights:0.00} times the weights",
                bars ? "≤ 1.20 times" : "",
                bars ? leanSum / weights <= 1.2 : null),
            new Row(
                $"of which private to the {Processes} (Private_Dirty + Private_Clean)",
                $"{plainFour.Sum(static memory => memory.PrivateDirty + memory.PrivateClean):0} MB",
                $"{managedFour.Sum(static memory => memory.PrivateDirty + memory.PrivateClean):0} MB",
                ""),
        ];

        Row Both(string what, string figure) => new(what, $"{Median(plain, figure):0.0} MB", $"{Median(managed, figure):0.0} MB", "");
    }

    private async Task<Measurement> HoldAsync(Stage? stage, bool oneHeapArena = false)
    {
        using var process = Hold(stage, oneHeapArena);
        return await process.ResultAsync(2);
    }

    private async Task<IReadOnlyList<ProcessMemory>> TogetherAsync(Stage? stage, bool oneHeapArena = false)
    {
        var processes = new List<MeasuredProcess>();
        try
        {
            for (var i = 0; i < Processes; i++)
            {
                processes.Add(Hold(stage, oneHeapArena));
            }

            foreach (var process in processes)
            {
                await process.ResultAsync(2);
            }

            return [.. processes.Select(static process => ProcessMemory.Read($"{process.Id}"))];
        }
        finally
        {
            processes.ForEach(static process => process.Dispose());
        }
    }

    private MeasuredProcess Hold(Stage? stage, bool oneHeapArena) => laboratory.Hold(stage, oneHeapArena, "from=load", "named=0");

    private static double Median(IReadOnlyList<Measurement> measurements, string figure) => Statistics.Median(measurements.Select(measurement => measurement[figure]));
}
