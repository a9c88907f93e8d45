using System.Globalization;

namespace ModelPersistence.Download.Harness;

/// <summary>A running process and those it has started, as /proc tells them.</summary>
internal static class ProcessTree
{
    /// <summary>The process itself first.</summary>
    public static IEnumerable<int> Of(int process)
    {
        yield return process;
        foreach (var child in Read($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            foreach (var descendant in Of(int.Parse(child, CultureInfo.InvariantCulture)))
            {
                yield return descendant;
            }
        }
    }

    /// <summary>The most memory that a process has had resident since it began its program, in MB; 0 when it has ended.</summary>
    public static double PeakMegabytes(int process)
    {
        const string Name = "VmHWM:";
        var status = Read($"/proc/{process}/status");
        var at = status.IndexOf(Name, StringComparison.Ordinal);
        return at < 0 ? 0 : double.Parse(status[(at + Name.Length)..status.IndexOf("kB", at, StringComparison.Ordinal)], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The process has ended since it was named.
            return "";
        }
    }
}
