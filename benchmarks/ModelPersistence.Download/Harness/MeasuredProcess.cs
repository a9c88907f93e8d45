using System.Diagnostics;
using System.Globalization;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Harness;

/// <summary>Runs one download in a fresh process and measures it from outside.</summary>
internal static class MeasuredProcess
{
    /// <summary>
    /// How often the memory is looked at. The kernel keeps the highest mark, so that only what a process takes in its last moments is
    /// missed; the figure that it keeps beyond a process's end would include the harness's own memory, of which the process was made.
    /// </summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <param name="command">What is run.</param>
    /// <param name="server">The server's processes, whose work is not that of others; null when they are not known, and then others are not told apart.</param>
    public static async Task<Measurement> RunAsync(Command command, IReadOnlyList<int>? server)
    {
        var info = new ProcessStartInfo(command.Program, command.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

        // What this environment says of accounts and proxies is not meant for servers on loopback.
        foreach (var name in info.Environment.Keys.Where(static name => name.StartsWith("AWS_", StringComparison.Ordinal) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            info.Environment.Remove(name);
        }

        foreach (var (name, value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        var (children, busy, known) = (ChildUsage.Seconds(), MachineTime.Busy(), Known());
        var begun = TimeProvider.System.GetTimestamp();
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync();
        var peaks = new Dictionary<int, double>();
        while (!ended.IsCompleted)
        {
            foreach (var one in ProcessTree.Of(process.Id))
            {
                peaks[one] = Math.Max(peaks.GetValueOrDefault(one), ProcessTree.PeakMegabytes(one));
            }

            await Task.WhenAny(ended, Task.Delay(Interval, TimeProvider.System));
        }

        var milliseconds = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
        await ended;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{command.Program} {string.Join(' ', command.Arguments)}' ended with {process.ExitCode}:\n{await errors}{await output}");
        }

        var cpu = ChildUsage.Seconds() - children;
        var served = Known() - known;
        double? others = server is null ? null : Math.Max(0, MachineTime.Busy() - busy - served - cpu);
        var figures = new Dictionary<string, string>();
        foreach (var line in (await output).Split('\n'))
        {
            Announcement.TryRead(line, figures);
        }

        var transfer = figures.TryGetValue("transfer", out var said) ? double.Parse(said, CultureInfo.InvariantCulture) : milliseconds;
        return new Measurement(milliseconds, transfer, cpu, peaks.Values.Sum(), server is null ? null : served, others);

        double Known() => (server ?? []).Append(Environment.ProcessId).Sum(MachineTime.Of);
    }
}
