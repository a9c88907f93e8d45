using System.Diagnostics;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace ModelPersistence.Measuring;

/// <summary>
/// Publishes a benchmark's own program ReadyToRun into a temporary folder, so that the measured processes are what a service is deployed as, and makes
/// sure of it: an assembly that the compiler left out would be compiled at start-up and spoil the figures.
/// </summary>
internal static class Precompiled
{
    /// <param name="program">The program's name, and its project's below <c>benchmarks</c>.</param>
    /// <param name="folder">Where it is published to.</param>
    /// <param name="measured">The assemblies, besides the program's own, that must have been precompiled.</param>
    /// <returns>The path of the program.</returns>
    public static async Task<string> PublishAsync(string program, string folder, params IEnumerable<string> measured)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            ArgumentList =
            {
                "publish", Path.Combine("benchmarks", program), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
                "--self-contained", "false", "-p:PublishReadyToRun=true", "-o", folder, "--nologo", "--verbosity", "quiet", "--disable-build-servers",
            },
        };
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"dotnet publish failed:\n{output}");
        }

        foreach (var assembly in measured.Prepend(program).Where(assembly => !IsReadyToRun(Path.Combine(folder, $"{assembly}.dll"))))
        {
            throw new InvalidOperationException($"{assembly}.dll was published without precompiled code.");
        }

        return Path.Combine(folder, OperatingSystem.IsWindows() ? $"{program}.exe" : program);
    }

    private static bool IsReadyToRun(string path)
    {
        using var file = File.OpenRead(path);
        using var image = new PEReader(file);
        return image.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0;
    }
}
