using System.Globalization;

namespace ModelPersistence.Serving.Harness;

/// <summary>What this process holds, as Linux and the runtime count it.</summary>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="FileMappings">Mappings of files below a folder: those of models and what is prepared of them.</param>
/// <param name="Mappings">All mappings.</param>
/// <param name="PrivateBytes">Resident memory without a file (RssAnon).</param>
/// <param name="ManagedBytes">The managed heap after a full collection.</param>
internal sealed record ProcessResources(int Handles, int FileMappings, int Mappings, long PrivateBytes, long ManagedBytes)
{
    private const string PrivateField = "RssAnon:";

    /// <summary>Collects garbage before it counts.</summary>
    public static ProcessResources Read(string folder)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var maps = File.ReadAllLines("/proc/self/maps");
        return new ProcessResources(
            Directory.GetFiles("/proc/self/fd").Length,
            maps.Count(line => line.Contains(folder, StringComparison.Ordinal)),
            maps.Length,
            Private(),
            GC.GetTotalMemory(forceFullCollection: false));
    }

    /// <summary>RssAnon alone, which costs no collection.</summary>
    public static long Private()
    {
        var line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(PrivateField, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(PrivateField.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture) * 1024;
    }
}
