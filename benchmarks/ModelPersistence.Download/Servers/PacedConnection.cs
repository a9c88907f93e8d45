using System.Net.Sockets;
using System.Text;

namespace ModelPersistence.Download.Servers;

/// <summary>One client's connection to the <see cref="PacedServer"/>.</summary>
internal sealed class PacedConnection(Socket socket, ServedFiles files, TimeSpan latency, double bytesPerSecond)
{
    private const int Slice = 128 << 10;

    private readonly byte[] _received = new byte[16 << 10];
    private int _count;

    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        using (socket)
        {
            socket.NoDelay = true;
            try
            {
                while (await ReadHeadAsync(cancellationToken) is { } head)
                {
                    await Task.Delay(latency, TimeProvider.System, cancellationToken);
                    await AnswerAsync(PacedRequest.Parse(head), cancellationToken);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The client has what it wanted, or the server ends.
            }
        }
    }

    private async Task AnswerAsync(PacedRequest request, CancellationToken cancellationToken)
    {
        if (files.Find(request.Path) is not { } file)
        {
            await SendHeadAsync("404 Not Found", "", 0, cancellationToken);
            return;
        }

        var common = $"ETag: {file.Tag}\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nLast-Modified: {file.Modified:R}\r\n";
        if (request.IfMatch is { } tag && tag != file.Tag)
        {
            await SendHeadAsync("412 Precondition Failed", common, 0, cancellationToken);
            return;
        }

        var (first, length) = request.Of(file.Content.Length);
        if (request.HasRange)
        {
            await SendHeadAsync("206 Partial Content", $"{common}Content-Range: bytes {first}-{first + length - 1}/{file.Content.Length}\r\n", length, cancellationToken);
        }
        else
        {
            await SendHeadAsync("200 OK", common, length, cancellationToken);
        }

        if (request.WantsBody)
        {
            await SendBodyAsync(file.Content.AsMemory(first, length), cancellationToken);
        }
    }

    private async Task SendHeadAsync(string status, string headers, int length, CancellationToken cancellationToken) =>
        await SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n"), cancellationToken);

    private async Task SendBodyAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        for (var sent = 0; sent < body.Length;)
        {
            // The schedule counts from the beginning of the body, so that a timer's lateness is made up for and the rate holds on the whole.
            var early = TimeSpan.FromSeconds(sent / bytesPerSecond) - TimeProvider.System.GetElapsedTime(begun);
            if (early >= TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early, TimeProvider.System, cancellationToken);
            }

            var slice = Math.Min(Slice, body.Length - sent);
            await SendAsync(body.Slice(sent, slice), cancellationToken);
            sent += slice;
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <summary>The next request's head, or null when the client has gone.</summary>
    private async Task<string?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _received.AsSpan(0, _count).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Encoding.ASCII.GetString(_received, 0, end);
                _received.AsSpan((end + 4)..(_count)).CopyTo(_received);
                _count -= end + 4;
                return head;
            }

            var read = _count == _received.Length ? 0 : await socket.ReceiveAsync(_received.AsMemory(_count), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            _count += read;
        }
    }
}
