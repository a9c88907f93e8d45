using System.Diagnostics;
using System.Globalization;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>The client: wrk, which takes little of the processors that the server needs.</summary>
internal static class Wrk
{
    private const string Script = """
        local bodies = {}
        local turn = 0
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"

        function init(args)
          for i, path in ipairs(args) do
            local file = assert(io.open(path, "rb"))
            bodies[i] = wrk.format(nil, nil, nil, file:read("*all"))
            file:close()
          end
        end

        function request()
          turn = turn % #bodies + 1
          return bodies[turn]
        end

        function done(summary, latency, requests)
          local errors = summary.errors
          io.write(string.format("MEASURED %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
            errors.connect + errors.read + errors.write + errors.status + errors.timeout))
        end
        """;

    public static bool IsThere => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "wrk")));

    public static async Task<Window> RunAsync(ServerProcess server, Workload workload, int connections, int seconds, string folder)
    {
        var script = Path.Combine(folder, "load.lua");
        await File.WriteAllTextAsync(script, Script);
        var paths = workload.Bodies.Select((_, i) => Path.Combine(folder, $"{workload.Model}-{i}.json")).ToArray();
        for (var i = 0; i < paths.Length; i++)
        {
            if (!File.Exists(paths[i]))
            {
                await File.WriteAllTextAsync(paths[i], workload.Bodies[i]);
            }
        }

        ProcessStartInfo info = new("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "-s", script, new Uri(server.Address, $"v2/models/{workload.Model}/infer").ToString(), "--", .. paths])
        {
            RedirectStandardOutput = true,
        };
        var before = server.Seconds;
        using var process = Process.Start(info)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Read(output, server.Seconds - before, server.Megabytes);
    }

    private static Window Read(string output, double cpuSeconds, double megabytes)
    {
        var line = output.Split('\n').FirstOrDefault(static line => line.StartsWith("MEASURED ", StringComparison.Ordinal));
        var figures = line?.Split(' ').Skip(1).Select(static figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray();
        return figures is [var requests, var microseconds, var p99, 0]
            ? new Window(requests / (microseconds / 1e6), p99 / 1000, cpuSeconds * 1e6 / requests, megabytes)
            : throw new InvalidOperationException($"wrk could not measure, or requests failed:\n{output}");
    }
}
