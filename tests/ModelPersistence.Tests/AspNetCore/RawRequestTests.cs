using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.ML.OnnxRuntime.Tensors;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>Requests whose framing is wrong, which no client library would send.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class RawRequestTests
{
    private static readonly string Good = Request("FP32", "[1]", "[1]");

    private InferenceServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _server = await InferenceServer.StartAsync(
        static (models, folder) => models.AddSaved(folder, "echo", Echo(TensorElementType.Float)), minBodyRate: new MinDataRate(240, TimeSpan.FromSeconds(1.5)));

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task A_body_shorter_than_announced_is_waited_for_no_longer_than_the_server_allows() =>
        Assert.That(await SendAsync($"Content-Length: {Good.Length + 10}", Good), Does.StartWith("HTTP/1.1 408").And.Contain("{\"error\":"));

    [Test]
    public async Task A_body_longer_than_announced_is_a_bad_request() =>
        Assert.That(await SendAsync($"Content-Length: {Good.Length - 10}", Good), Does.StartWith("HTTP/1.1 400").And.Contain("{\"error\":"));

    [Test]
    public async Task A_body_of_no_length_is_a_bad_request() =>
        Assert.That(await SendAsync("Content-Length: 0", ""), Does.StartWith("HTTP/1.1 400").And.Contain("{\"error\":"));

    [Test]
    public async Task A_chunk_of_a_malformed_length_is_a_bad_request() =>
        Assert.That(await SendAsync("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"), Does.StartWith("HTTP/1.1 400").And.Contain("{\"error\":"));

    [Test]
    public async Task A_chunked_body_that_ends_early_is_waited_for_no_longer_than_the_server_allows() =>
        Assert.That(await SendAsync("Transfer-Encoding: chunked", "20\r\n{\"inputs\""), Does.StartWith("HTTP/1.1 408").And.Contain("{\"error\":"));

    [Test]
    public async Task A_length_beyond_the_limit_is_refused_before_anything_is_read() =>
        Assert.That(await SendAsync("Content-Length: 1000000000000", ""), Does.StartWith("HTTP/1.1 413").And.Contain("{\"error\":"));

    [TestCase("Content-Length: -1")]
    [TestCase("Content-Length: many")]
    [TestCase("Content-Length: 99999999999999999999")]
    public async Task A_length_that_is_none_is_refused_by_the_server_itself(string header) =>
        Assert.That(await SendAsync(header, Good), Does.StartWith("HTTP/1.1 400"));

    [Test]
    public async Task A_client_that_goes_away_leaves_nothing_behind()
    {
        for (var i = 0; i < 20; i++)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{Good}"));
        }

        Assert.That((await _server.InferAsync("echo", Good)).Data(), Is.EqualTo("[1]"));
        Assert.That(_server.Log.Messages, Has.None.Contains("could not answer"));
    }

    /// <summary>What the server sends until it has sent an answer, or closes.</summary>
    private async Task<string> SendAsync(string header, string body)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{header}\r\n\r\n{body}"));
        var answer = "";
        var buffer = new byte[4096];
        while (!answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal) && await socket.ReceiveAsync(buffer) is > 0 and var length)
        {
            answer += Encoding.UTF8.GetString(buffer, 0, length);
        }

        return answer;
    }
}
