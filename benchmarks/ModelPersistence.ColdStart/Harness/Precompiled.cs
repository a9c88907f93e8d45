using System.Diagnostics;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>
/// Publishes this program ReadyToRun into a temporary folder, so that the measured processes are what a service is deployed as, and makes
/// sure of it: an assembly that the compiler left out would be compiled at start-up and spoil the figures.
/// </summary>
internal static class Precompiled
{
    private static readonly string[] Measured =
        ["ModelPersistence.ColdStart.dll", "ModelPersistence.dll", "Microsoft.ML.OnnxRuntime.dll", "Microsoft.Extensions.Hosting.dll"];

    /// <returns>The path of the program.</returns>
    public static async Task<string> PublishAsync(string repository, string folder)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = repository,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            ArgumentList =
            {
                "publish", Path.Combine("benchmarks", "ModelPersistence.ColdStart"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
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

        foreach (var assembly in Measured.Where(assembly => !IsReadyToRun(Path.Combine(folder, assembly))))
        {
            throw new InvalidOperationException($"{assembly} was published without precompiled code.");
        }

        return Path.Combine(folder, OperatingSystem.IsWindows() ? "ModelPersistence.ColdStart.exe" : "ModelPersistence.ColdStart");
    }

    private static bool IsReadyToRun(string path)
    {
        using var file = File.OpenRead(path);
        using var image = new PEReader(file);
        return image.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0;
    }
}
