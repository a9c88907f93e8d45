using System.Diagnostics;
using ModelPersistence.Models;

namespace ModelPersistence.Serving.Swapping;

/// <summary>The process that publishes.</summary>
internal sealed class Publisher : IDisposable
{
    private readonly Process _process;

    private Publisher(Process process) => _process = process;

    /// <summary>Starts it; when this completes the two good versions are published, and the alias stands for the first.</summary>
    public static async Task<Publisher> StartAsync(string volume)
    {
        Publisher publisher = new(Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [PublisherProgram.Verb, volume])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        await publisher.ReadAsync();
        return publisher;
    }

    public Task PointAsync(ModelVersion version) => SendAsync(version.ToString());

    /// <summary>Publishes a version that cannot serve and points to it.</summary>
    public Task BreakAsync() => SendAsync(PublisherProgram.Broken);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task SendAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        await ReadAsync();
    }

    private async Task ReadAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync() is null)
        {
            throw new InvalidOperationException("The publishing process has ended.");
        }
    }
}
