using System.Diagnostics;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Samples;

/// <summary>The sample VoiceActivityApi as a process of its own, over a repository and a cache of the test's own.</summary>
internal sealed class VoiceActivityApiProcess : IDisposable
{
    private const string Announcement = "Now listening on: ";

    private readonly Process _process;
    private readonly Task<string> _rest;

    private VoiceActivityApiProcess(Process process, Uri address)
    {
        (_process, Client) = (process, new HttpClient { BaseAddress = address });

        // Else the process would wait, at some time, for somebody to read its log.
        _rest = process.StandardOutput.ReadToEndAsync();
    }

    public HttpClient Client { get; }

    /// <summary>Serves on a free port of the loopback interface; the model that must serve does when this returns.</summary>
    public static async Task<VoiceActivityApiProcess> StartAsync(TemporaryFolder folder, CancellationToken token, params (string Name, string Value)[] environment)
    {
        var process = Start(folder, ["--urls", "http://127.0.0.1:0", "--ModelManagement:WaitFor=Critical"], environment);
        List<string> log = [];
        while (await process.StandardOutput.ReadLineAsync(token) is { } line)
        {
            log.Add(line);
            if (line.IndexOf(Announcement, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new VoiceActivityApiProcess(process, new Uri(line[(at + Announcement.Length)..]));
            }
        }

        throw new InvalidOperationException($"The sample has ended before it listened: {string.Join('\n', log)}");
    }

    /// <summary>Runs one of its commands to the end.</summary>
    public static async Task RunAsync(TemporaryFolder folder, CancellationToken token, params string[] arguments)
    {
        using var process = Start(folder, arguments, []);
        var output = await process.StandardOutput.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        Assert.That(process.ExitCode, Is.Zero, output);
    }

    /// <summary>Asks the process to end, as an orchestrator does, and waits until it has.</summary>
    public async Task<int> StopAsync(CancellationToken token)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync(token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _rest.Wait();
        _process.Dispose();
    }

    private static Process Start(TemporaryFolder folder, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        // Built with the tests, in the same configuration.
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        var program = Path.Combine(SourceTree.Root, "samples", "VoiceActivityApi", "bin", configuration, "net10.0", "VoiceActivityApi.dll");
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, WorkingDirectory = folder.Root };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ModelManagement__Providers__0__Path"] = folder["repository"];
        start.Environment["ModelManagement__CachePath"] = folder["cache"];
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
