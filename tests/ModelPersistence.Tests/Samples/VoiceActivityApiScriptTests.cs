using System.Diagnostics;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Samples;

/// <summary>The scripts around the sample VoiceActivityApi, as a reader of the README calls them.</summary>
[CancelAfter(280_000)]
[Category(RealServer.Category)] // curl
[NonParallelizable] // Compiles, and loads the machine.
[Platform(Exclude = "Win")]
internal sealed class VoiceActivityApiScriptTests
{
    [Test]
    public async Task The_demonstration_asks_everything_and_follows_the_alias(CancellationToken token)
    {
        RealServer.RequireProgram("curl");
        var (exitCode, lines) = await RunAsync([Path.Combine("eng", "demo.sh"), "--web", "--once"], token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.Zero, string.Join('\n', lines));
            Assert.That(lines.TakeLast(2), Is.EqualTo(new[] { "vad:stable is 1.0.0", "the server follows: vad:stable is heard by 1.0.0 now, and no request has failed" }));
            Assert.That(lines.Count(static line => line.StartsWith("$ curl", StringComparison.Ordinal)), Is.EqualTo(7));
        }
    }

    [Test]
    public async Task The_load_of_some_seconds_has_no_failures(CancellationToken token)
    {
        RealServer.RequireProgram("curl");
        using TemporaryFolder folder = new();
        await VoiceActivityApiProcess.RunAsync(folder, token, "publish", Path.GetDirectoryName(TestModels.SileroVadV5)!);
        using var api = await VoiceActivityApiProcess.StartAsync(folder, token);
        var (exitCode, lines) = await RunAsync(
            [Path.Combine("samples", "VoiceActivityApi", "load.sh"), api.Client.BaseAddress!.GetLeftPart(UriPartial.Authority), "2", "2"], token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.Zero, string.Join('\n', lines));
            Assert.That(lines.Count(static line => line.StartsWith("POST /", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(await api.StopAsync(token), Is.Zero);
        }
    }

    private static async Task<(int ExitCode, string[] Lines)> RunAsync(string[] command, CancellationToken token)
    {
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = SourceTree.Root };
        Array.ForEach(command, start.ArgumentList.Add);

        // A compiler server that stays behind would hold the pipes that are read here.
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["UseSharedCompilation"]) = ("1", "false");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(token), process.StandardError.ReadToEndAsync(token));
        try
        {
            await process.WaitForExitAsync(token);
            var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return (process.ExitCode, process.ExitCode == 0 ? lines : [.. lines, await errors]);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
