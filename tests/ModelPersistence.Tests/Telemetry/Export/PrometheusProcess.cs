using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>A real Prometheus on a free port of the loopback interface, which asks one address for its metrics every second.</summary>
internal sealed partial class PrometheusProcess : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly Task _output;

    private PrometheusProcess(TemporaryFolder folder, Process process, Uri address)
    {
        (_folder, _process, _client) = (folder, process, new HttpClient { BaseAddress = address });
        _output = process.StandardError.ReadToEndAsync();
    }

    /// <param name="target">The host to ask.</param>
    /// <param name="path">Where its metrics are.</param>
    /// <param name="token">Ends the wait for its start.</param>
    public static async Task<PrometheusProcess> StartAsync(Uri target, string path, CancellationToken token)
    {
        var program = RealServer.RequireProgram("prometheus");
        TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["prometheus.yml"], $"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
            scrape_configs:
              - job_name: models
                metrics_path: {path}
                static_configs:
                  - targets: ['{target.Authority}']
            """, token);
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add($"--config.file={folder["prometheus.yml"]}");
        start.ArgumentList.Add($"--storage.tsdb.path={folder["data"]}");
        start.ArgumentList.Add("--web.listen-address=127.0.0.1:0");
        var process = Process.Start(start)!;
        while (await process.StandardError.ReadLineAsync(token) is { } line)
        {
            if (ListeningOn().Match(line) is { Success: true } match)
            {
                return new PrometheusProcess(folder, process, new Uri($"http://{match.Groups[1].Value}/"));
            }
        }

        throw new InvalidOperationException("Prometheus has ended before it listened.");
    }

    /// <summary>The values that a query has now, by no more than their order.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string query, CancellationToken token)
    {
        using var answer = JsonDocument.Parse(await _client.GetStringAsync($"api/v1/query?query={Uri.EscapeDataString(query)}", token));
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                .Select(static series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)),
        ];
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _output.Wait();
        _process.Dispose();
        _folder.Dispose();
    }

    [GeneratedRegex("""msg="Listening on" address=(127\.0\.0\.1:[0-9]+)""")]
    private static partial Regex ListeningOn();
}
