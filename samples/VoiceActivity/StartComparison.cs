using System.Runtime.InteropServices;

namespace VoiceActivity;

/// <summary>
/// Starts fresh processes by turns: one that opens the model the plain way, one that starts with nothing prepared, one that starts
/// as every later process does. By turns, because a machine's mood changes over seconds.
/// </summary>
internal static class StartComparison
{
    /// <param name="workload">The kind of inputs.</param>
    /// <param name="path">The model's own file, for the plain way.</param>
    /// <param name="reference">The model's reference, for the managed way.</param>
    /// <param name="publish">Publishes the model into a folder.</param>
    /// <param name="pairs">How many processes of each kind are measured.</param>
    public static async Task RunAsync(string workload, string path, string reference, Func<string, Task> publish, int pairs)
    {
        using var scratch = new ScratchFolder();
        await publish(scratch["first"]);
        await publish(scratch["later"]);
        // Files that changed within the last two seconds get no verification record: the next start would verify them again.
        await Task.Delay(TimeSpan.FromSeconds(2.1), TimeProvider.System);
        await FreshProcess.RunAsync("settle", workload, reference, scratch["later"], scratch["later-cache"]);
        await FreshProcess.RunAsync("plain", workload, path);

        List<Start> plain = [], first = [], later = [];
        for (var i = 0; i < pairs; i++)
        {
            Progress(i, pairs);
            plain.Add(await FreshProcess.RunAsync("plain", workload, path));
            later.Add(await FreshProcess.RunAsync("managed", workload, reference, scratch["later"], scratch["later-cache"]));
            ForgetEverything(scratch["first"], scratch["first-cache"]);
            first.Add(await FreshProcess.RunAsync("managed", workload, reference, scratch["first"], scratch["first-cache"]));
        }

        Progress(pairs, pairs);
        Print(plain, first, later);
    }

    private static void Print(List<Start> plain, List<Start> first, List<Start> later)
    {
        var slowest = new[] { plain, first, later }.Max(static starts => Median(starts, static start => start.FromProcessStart));
        Console.WriteLine($"   {"",-39} first line of Main      start of the process");
        Console.WriteLine($"   {"",-39} → first output          → first output");
        Line("plain: new InferenceSession(path)", plain);
        Line("ModelPersistence, first start ever", first);
        Line("ModelPersistence, every later start", later);

        // The middle one tells what is typical.
        var typical = later.OrderBy(static start => start.FromMain).ElementAt(later.Count / 2).Timeline.Split(" = ");
        Console.WriteLine($"\n   Inside a later start, {typical[0]} from the request:\n     {typical[^1]}");

        var difference = first.Concat(later).Max(start => start.Output.Zip(plain[0].Output, static (a, b) => Math.Abs(a - b)).Max());
        var compiled = Precompiled.Is ? "precompiled (ReadyToRun)" : "compiled just in time";
        Console.WriteLine();
        Console.WriteLine($"   Medians of {plain.Count} fresh processes each, started by turns, page cache warm, both sides {compiled}.");
        Console.WriteLine($"   {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, .NET {Environment.Version}. Largest difference between outputs: {difference:0.#######}.");

        void Line(string name, List<Start> starts)
        {
            var (main, process) = (Median(starts, static start => start.FromMain), Median(starts, static start => start.FromProcessStart));
            var (plainMain, plainProcess) = (Median(plain, static start => start.FromMain), Median(plain, static start => start.FromProcessStart));
            Console.WriteLine($"   {name,-36} {main,7:0} ms {Ratio(plainMain / main),-12} {process,7:0} ms {Ratio(plainProcess / process),-12} {new string('█', Math.Max(1, (int)Math.Round(20 * process / slowest)))}");
        }
    }

    private static string Ratio(double ratio) => ratio is > 0.95 and < 1.05 ? "" : ratio >= 1 ? $"{ratio:0.0}x faster" : $"{1 / ratio:0.0}x slower";

    private static double Median(List<Start> starts, Func<Start, double> value)
    {
        var sorted = starts.Select(value).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Back to what a first start finds: the published files and nothing that was derived from them.</summary>
    private static void ForgetEverything(string repository, string cache)
    {
        foreach (var derived in Directory.EnumerateDirectories(repository, ".*").Append(cache).Where(Directory.Exists))
        {
            Directory.Delete(derived, recursive: true);
        }
    }

    private static void Progress(int done, int of)
    {
        if (!Console.IsOutputRedirected)
        {
            Console.Write(done < of ? $"\r   measuring {done + 1} of {of} ..." : "\r                              \r");
        }
    }
}
