using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ModelPersistence.Endpoint.Servers;
using ModelPersistence.Measuring;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>Fresh web hosts by turns, from exec to the first 200 of their readiness.</summary>
internal static class StartHarness
{
    private const double MostAdded = 150;

    private static readonly byte[] Request = Encoding.ASCII.GetBytes($"GET {StartServer.ReadyPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    /// <returns>Whether the bar is met.</returns>
    public static async Task<bool> RunAsync(HarnessOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("modelpersistence-start-").FullName;
        try
        {
            var program = await Precompiled.PublishAsync("ModelPersistence.Endpoint", Path.Combine(folder, "program"), "ModelPersistence", "ModelPersistence.AspNetCore");
            await PrepareAsync(program, folder);
            var times = await Contest.RunAsync<double>(options.Rounds,
            [
                ("with", () => TimeAsync(program, folder, hasModel: true)),
                ("without", () => TimeAsync(program, folder, hasModel: false)),
            ]);
            return Report(options, times["with"], times["without"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PrepareAsync(string program, string folder)
    {
        using var process = Start(program, folder, hasModel: true, FreePort(), isFirst: true);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The first host ended with {process.ExitCode}.");
        }
    }

    private static async Task<double> TimeAsync(string program, string folder, bool hasModel)
    {
        var port = FreePort();
        var begun = TimeProvider.System.GetTimestamp();
        using var process = Start(program, folder, hasModel, port, isFirst: false);
        while (!await IsReadyAsync(port))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"A host ended with {process.ExitCode} before it was ready.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        var elapsed = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return elapsed;
    }

    private static Process Start(string program, string folder, bool hasModel, int port, bool isFirst)
    {
        ProcessStartInfo info = new(program, [ServerNames.Verb, isFirst ? ServerNames.First : ServerNames.Start, folder, $"{port}", hasModel ? "with" : "without"]) { RedirectStandardInput = true };
        info.Environment["ORT_DISABLE_TELEMETRY"] = "1";
        return Process.Start(info)!;
    }

    private static async Task<bool> IsReadyAsync(int port)
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.SendAsync(Request);
            var answer = new byte[16];
            var count = await socket.ReceiveAsync(answer);
            return Encoding.ASCII.GetString(answer, 0, count).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            // It does not listen yet.
            return false;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Report(HarnessOptions options, IReadOnlyList<double> with, IReadOnlyList<double> without)
    {
        var added = Statistics.Median(with.Zip(without, static (a, b) => a - b));
        var (low, high) = Statistics.Interval(with, without, static (a, b) => Statistics.Median(a.Zip(b, static (x, y) => x - y)));
        var isMet = added <= MostAdded;
        var verdict = isMet ? "met" : "**missed**";
        MarkdownText table = new();
        table.Table(
            ["exec → first 200 of readiness", "median ms", "fastest", "slowest"],
            [["with the model", .. Figures(with)], ["without a model", .. Figures(without)], ["more", $"{added:0} [{low:0}, {high:0}]", $"≤ {MostAdded:0} {verdict}", ""]]);
        Console.Error.WriteLine(table);
        if (options.Out is not null)
        {
            File.WriteAllText(Path.GetFullPath(options.Out, RepositoryFolder.Path), $"""
                # A web host from exec to ready

                Measured {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm 'UTC'} by `dotnet run -c Release --project benchmarks/ModelPersistence.Endpoint -- start --rounds {options.Rounds}` on:
                {Machine.Describe($"ONNX Runtime {Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString()}")}.

                The same ASP.NET Core host in fresh processes by turns, precompiled, with a critical model of 268 MB that an earlier start has prepared, and without a model; the page cache is
                warm. The clock runs from the start of the process until a connection gets 200 from the health checks tagged `ready`, asked again each millisecond. The
                difference is the median of the rounds' differences with its 95% bootstrap interval.

                {table}
                """);
        }

        return isMet;
    }

    private static string[] Figures(IReadOnlyList<double> times) => [$"{Statistics.Median(times):0}", $"{times.Min():0}", $"{times.Max():0}"];
}
