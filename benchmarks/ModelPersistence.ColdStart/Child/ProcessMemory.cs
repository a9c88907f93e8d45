using System.Globalization;

namespace ModelPersistence.ColdStart.Child;

/// <summary>A process's memory as Linux counts it, in MB of 1,000,000 bytes.</summary>
/// <param name="PrivateDirty">Memory that is this process's alone and cannot be dropped: the real cost of one more process.</param>
/// <param name="PrivateClean">Pages of files that only this process happens to map now; the kernel may drop them, and another process shares them.</param>
/// <param name="Anonymous">Resident memory without a file (RssAnon).</param>
/// <param name="Proportional">Its share of everything resident: shared pages are divided by the number of their users.</param>
internal sealed record ProcessMemory(double PrivateDirty, double PrivateClean, double Anonymous, double Proportional)
{
    public static ProcessMemory Read(string process = "self")
    {
        var rollup = Fields($"/proc/{process}/smaps_rollup");
        var status = Fields($"/proc/{process}/status");
        return new ProcessMemory(rollup("Private_Dirty"), rollup("Private_Clean"), status("RssAnon"), rollup("Pss"));
    }

    public IEnumerable<(string Name, object Value)> Figures(string prefix) =>
        [($"{prefix}.dirty", PrivateDirty), ($"{prefix}.clean", PrivateClean), ($"{prefix}.anonymous", Anonymous), ($"{prefix}.pss", Proportional)];

    private static Func<string, double> Fields(string path)
    {
        var lines = File.ReadAllLines(path);
        return name =>
        {
            var line = Array.Find(lines, line => line.StartsWith($"{name}:", StringComparison.Ordinal))
                ?? throw new InvalidDataException($"{path} has no {name}.");
            return double.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / 1e6;
        };
    }
}
