using System.Diagnostics;
using ModelPersistence.ColdStart.Child;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>A fresh process of the published program. Disposing it ends it, wherever it is.</summary>
internal sealed class MeasuredProcess : IDisposable
{
    private readonly Process _process;
    private readonly long _begun;
    private readonly Dictionary<string, string> _figures = new(StringComparer.Ordinal);
    private double _ready;

    private MeasuredProcess(Process process, long begun) => (_process, _begun) = (process, begun);

    public int Id => _process.Id;

    public static MeasuredProcess Start(string program, IEnumerable<string> arguments, bool oneHeapArena = false)
    {
        var info = new ProcessStartInfo(program, [ChildOptions.Verb, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true };

        // The library switches the runtime's usage reports off; without them on the other side, both sides run the same runtime.
        info.Environment["ORT_DISABLE_TELEMETRY"] = "1";
        if (oneHeapArena)
        {
            info.Environment["MALLOC_ARENA_MAX"] = "1";
        }

        var begun = TimeProvider.System.GetTimestamp();
        return new MeasuredProcess(Process.Start(info)!, begun);
    }

    /// <summary>Waits for the given number of results and returns all their figures.</summary>
    public async Task<Measurement> ResultAsync(int results = 1)
    {
        for (var said = 0; said < results;)
        {
            var line = await _process.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException($"The process '{string.Join(' ', _process.StartInfo.ArgumentList)}' ended early (see above).");
            if (line == Announcement.Ready)
            {
                _ready = TimeProvider.System.GetElapsedTime(_begun).TotalMilliseconds;
            }
            else if (Announcement.TryRead(line, _figures))
            {
                said++;
            }
        }

        return new Measurement(_ready, _figures);
    }

    public async Task WaitForExitAsync() => await _process.WaitForExitAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
