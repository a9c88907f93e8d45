using System.Diagnostics;

namespace ModelPersistence.Tests.Support;

/// <summary>The worker as a process of its own, which a test watches and kills.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ModelPersistence.Tests.Worker.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
    }

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) => _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();

    /// <summary>The next line, which must begin with a word.</summary>
    public async Task<string> ExpectAsync(string word, CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        Assert.That(line, Does.StartWith(word));
        return line!;
    }

    /// <summary>Lets a process go on that waits for a line.</summary>
    public void Go() => Say("");

    /// <summary>A line for its input.</summary>
    public void Say(string line) => _process.StandardInput.WriteLine(line);

    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends the process without giving it a chance to do anything, and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
