using System.Diagnostics;
using ModelPersistence.Endpoint.Servers;
using ModelPersistence.Measuring;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>A server in a process of its own, which ends with its standard input.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>The processor time it has taken, in seconds.</summary>
    public double Seconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>The memory it holds, in MiB.</summary>
    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024;
        }
    }

    public static async Task<ServerProcess> StartAsync(string name, string folder)
    {
        ProcessStartInfo info = new(Environment.ProcessPath!, [ServerNames.Verb, name, folder]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        info.Environment["ORT_DISABLE_TELEMETRY"] = "1";
        var process = Process.Start(info)!;
        Dictionary<string, string> said = [];
        while (!said.ContainsKey("address"))
        {
            Announcement.TryRead(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The server '{name}' ended before it served."), said);
        }

        return new ServerProcess(process, new Uri(said["address"]));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        var code = _process.ExitCode;
        _process.Dispose();
        if (code != 0)
        {
            throw new InvalidOperationException($"A server ended with {code}.");
        }
    }
}
