using System.Globalization;

namespace ModelPersistence.Download.Harness;

/// <summary>Processor time of the machine and of running processes, from /proc. Its unit is a hundredth of a second.</summary>
internal static class MachineTime
{
    private const double Ticks = 100;

    /// <summary>Seconds that all processors have been busy, whoever with.</summary>
    public static double Busy()
    {
        // user, nice, system, idle, iowait, irq, softirq, steal
        var fields = Numbers(File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]);
        return (fields.Sum() - fields[3] - fields[4]) / Ticks;
    }

    /// <summary>Seconds that a running process has taken, without its children.</summary>
    public static double Of(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");

            // Counted from behind the name, which may hold anything: fields 14 and 15 of proc(5) are user and system.
            return Numbers(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..13]).Sum() / Ticks;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double[] Numbers(IEnumerable<string> fields) => [.. fields.Select(static field => double.Parse(field, CultureInfo.InvariantCulture))];
}
