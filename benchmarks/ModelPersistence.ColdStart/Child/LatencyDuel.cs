using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Serving;

namespace ModelPersistence.ColdStart.Child;

/// <summary>
/// Plain and managed session side by side in one process, run in turns. A round has a block of runs on each, and who begins alternates;
/// the first run of a block meets the other side's threads and caches and is not counted. A round's figure is each block's median.
/// </summary>
internal static class LatencyDuel
{
    private const int BlockRuns = 12;

    public static async Task<(string Name, object Value)[]> RunAsync(ChildOptions options, ModelLease lease)
    {
        using var settings = new SessionOptions();
        if (options.Spinning is { } spinning)
        {
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        }

        using var session = new InferenceSession(options.Model, settings);
        var duellists = new[] { session, lease.Session };
        var medians = new List<double>[] { [], [] };
        for (var round = -2; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                // Lets the other side's threads go to sleep before this side is measured.
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                var side = (round & 1) ^ turn;
                var median = Block(duellists[side], options.Workload);
                if (round >= 0)
                {
                    medians[side].Add(median);
                }
            }
        }

        return [("plain", string.Join(';', medians[0])), ("managed", string.Join(';', medians[1]))];
    }

    private static double Block(InferenceSession session, string workload)
    {
        using var options = new RunOptions();
        var times = new double[BlockRuns];
        for (var i = -1; i < BlockRuns; i++)
        {
            var inputs = Workload.Inputs(workload, Math.Max(0, i) % 3);
            var (names, values) = (Workload.Names(inputs), Workload.ToValues(inputs));
            var begun = TimeProvider.System.GetTimestamp();
            using var outputs = session.Run(options, names, values, session.OutputNames);
            if (i >= 0)
            {
                times[i] = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
            }
        }

        Array.Sort(times);
        return (times[(BlockRuns - 1) / 2] + times[BlockRuns / 2]) / 2;
    }
}
