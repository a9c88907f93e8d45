using System.Diagnostics;

namespace ModelPersistence.Download.Harness;

/// <summary>The peers' programs, where they are installed.</summary>
internal static class Tools
{
    public static string? Nginx { get; } = Find("nginx", "/usr/sbin");

    public static string? Rclone { get; } = Find("rclone");

    public static string? Aws { get; } = Unwrapped(Find("aws"));

    public static string? Curl { get; } = Find("curl");

    /// <summary>The first line of what a program says of its version.</summary>
    public static string Version(string program, string argument = "--version")
    {
        using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd();
        said = said.Length == 0 ? process.StandardError.ReadToEnd() : said;
        return string.Join(' ', said.Split('\n')[0].Split(' ').Take(3)).Replace("nginx version: ", "", StringComparison.Ordinal);
    }

    private static string? Find(string name, params IEnumerable<string> more) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(more).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>A version manager's stand-in starts a shell before the program; the peer must not pay for that.</summary>
    private static string? Unwrapped(string? path)
    {
        if (path is null || Path.GetFileName(Path.GetDirectoryName(path)) != "shims")
        {
            return path;
        }

        using var process = Process.Start(new ProcessStartInfo("pyenv", ["which", Path.GetFileName(path)]) { RedirectStandardOutput = true })!;
        var found = process.StandardOutput.ReadToEnd().Trim();
        return File.Exists(found) ? found : path;
    }
}
