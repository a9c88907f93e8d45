using System.Globalization;
using System.Runtime.InteropServices;

namespace ModelPersistence.Measuring;

/// <summary>The machine, in one line: figures without it mean nothing.</summary>
internal static class Machine
{
    /// <param name="versions">The versions of what was measured, besides the runtime's.</param>
    public static string Describe(params IEnumerable<string> versions)
    {
        var memory = Field("/proc/meminfo", "MemTotal") is { } total
            ? long.Parse(total.Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024.0 / 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;
        return $"{Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors, "
            + $"{memory:0.0} GiB RAM, {System()} (kernel {Environment.OSVersion.Version}), "
            + string.Join(", ", [$".NET {Environment.Version}", .. versions]);
    }

    private static string System() =>
        File.Exists("/etc/os-release") && Array.Find(File.ReadAllLines("/etc/os-release"), static line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal)) is { } name
            ? name["PRETTY_NAME=".Length..].Trim('"')
            : RuntimeInformation.OSDescription;

    private static string? Field(string path, string name) =>
        File.Exists(path) && Array.Find(File.ReadAllLines(path), line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : null;
}
