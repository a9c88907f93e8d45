using System.Net;
using System.Net.Sockets;

namespace ModelPersistence.Download.Servers;

/// <summary>
/// The slow stand-in: a server of ranges that waits before each answer and gives a connection no more than so many bytes a second. It
/// sends from memory straight to the socket, so that it takes little of the processors that the measured clients need.
/// </summary>
internal sealed class PacedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    /// <param name="files">What is served.</param>
    /// <param name="latency">The wait before each answer.</param>
    /// <param name="bytesPerSecond">What a connection gets.</param>
    public PacedServer(ServedFiles files, TimeSpan latency, double bytesPerSecond)
    {
        _listener.Start(512);
        Endpoint = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync(files, latency, bytesPerSecond);
    }

    public string Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync(ServedFiles files, TimeSpan latency, double bytesPerSecond)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_end.Token);
                _ = new PacedConnection(socket, files, latency, bytesPerSecond).ServeAsync(_end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server ends.
        }
    }
}
