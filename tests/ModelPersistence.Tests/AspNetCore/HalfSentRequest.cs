using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A request of which the server gets so many bytes and, perhaps later, the rest.</summary>
internal sealed class HalfSentRequest : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _unsent;

    private HalfSentRequest(int unsent) => _unsent = unsent;

    public static async Task<HalfSentRequest> SendAsync(Uri server, string path, int bytes, int announced)
    {
        HalfSentRequest request = new(announced - bytes);
        await request._socket.ConnectAsync(IPAddress.Loopback, server.Port);
        await request.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n");
        await request.SendAsync(new string(' ', bytes));
        return request;
    }

    /// <summary>Sends the rest, so that the whole is this request behind much space.</summary>
    public Task FinishAsync(string json) => SendAsync(json.PadLeft(_unsent));

    /// <summary>The answer from its first line to the end of its body.</summary>
    public async Task<string> AnswerAsync(CancellationToken token)
    {
        var answer = "";
        var buffer = new byte[4096];
        while (!IsWhole(answer) && await _socket.ReceiveAsync(buffer, token) is > 0 and var length)
        {
            answer += Encoding.UTF8.GetString(buffer, 0, length);
        }

        return answer;
    }

    public void Dispose() => _socket.Dispose();

    // In chunks, the last of them empty, or nothing but its header.
    private static bool IsWhole(string answer) =>
        answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
        || (answer.EndsWith("\r\n\r\n", StringComparison.Ordinal) && answer.Contains("\r\nContent-Length: 0\r\n", StringComparison.Ordinal));

    private async Task SendAsync(string text)
    {
        try
        {
            for (var rest = Encoding.ASCII.GetBytes(text).AsMemory(); rest.Length > 0;)
            {
                rest = rest[await _socket.SendAsync(rest)..];
            }
        }
        catch (SocketException)
        {
            // The server refuses before it has all; what it says is there to be read.
        }
    }
}
