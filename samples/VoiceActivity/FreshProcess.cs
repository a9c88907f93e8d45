using System.Diagnostics;
using System.Globalization;

namespace VoiceActivity;

/// <summary>One measured start.</summary>
/// <param name="FromMain">Milliseconds from the first line of the program to the first output.</param>
/// <param name="FromProcessStart">Milliseconds from the moment the process was started until its first output was printed.</param>
/// <param name="Output">The first output.</param>
/// <param name="Timeline">Where the load spent its time, if it is one that knows.</param>
internal sealed record Start(double FromMain, double FromProcessStart, float[] Output, string Timeline);

/// <summary>Runs this program again for a trial.</summary>
internal static class FreshProcess
{
    public static async Task<Start> RunAsync(params string[] trial)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            info.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        info.ArgumentList.Add(StartTrial.Verb);
        foreach (var argument in trial)
        {
            info.ArgumentList.Add(argument);
        }

        var begun = TimeProvider.System.GetTimestamp();
        using var process = Process.Start(info)!;
        var line = await process.StandardOutput.ReadLineAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(begun);
        var timeline = await process.StandardOutput.ReadLineAsync() ?? "";
        await process.WaitForExitAsync();
        if (line is null || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The trial '{string.Join(' ', trial)}' ended with code {process.ExitCode}.");
        }

        var fields = line.Split(' ');
        return new Start(
            double.Parse(fields[0], CultureInfo.InvariantCulture),
            elapsed.TotalMilliseconds,
            [.. fields.Skip(1).Select(static field => float.Parse(field, CultureInfo.InvariantCulture))],
            timeline);
    }
}
