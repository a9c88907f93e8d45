using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Serving;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

[TestFixture, CancelAfter(60_000), NonParallelizable]
internal sealed class LimitTests
{
    private const int Limit = 64 << 10;

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_body_beyond_the_limit_is_refused_with_and_without_an_announced_length(bool isChunked)
    {
        await using var server = await StartAsync(static o => o.MaxRequestBytes = Limit);
        foreach (var (length, expected) in new[] { (Limit, HttpStatusCode.OK), (Limit + 1, HttpStatusCode.RequestEntityTooLarge) })
        {
            var json = Request("FP32", "[1]", "[1]").PadRight(length);
            using StreamContent content = new(new MemoryStream(Encoding.UTF8.GetBytes(json)));
            using HttpRequestMessage request = new(HttpMethod.Post, "v2/models/echo/infer") { Content = content };
            request.Headers.TransferEncodingChunked = isChunked;
            using var response = await server.Client.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(expected));
            Assert.That(await response.Content.ReadAsStringAsync(), Does.StartWith(expected == HttpStatusCode.OK ? "{\"model_name\"" : "{\"error\""));
        }
    }

    [Test]
    public async Task The_limit_replaces_that_of_the_server()
    {
        await using var server = await StartAsync(static o => o.MaxRequestBytes = 40 << 20);
        var answer = await server.InferAsync("echo", Request("FP32", "[1]", "[1]").PadRight(35 << 20));
        Assert.That(answer.Data(), Is.EqualTo("[1]"));
    }

    [TestCase("FP32", "[1,2,3,4]", HttpStatusCode.OK)]
    [TestCase("FP32", "[1,2,3,4,5]", HttpStatusCode.RequestEntityTooLarge)]
    [TestCase("BYTES", "[\"sixteen letters!\"]", HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_tensor_beyond_the_limit_is_refused(string datatype, string data, HttpStatusCode expected)
    {
        await using var server = await StartAsync(static o => o.MaxTensorBytes = 16);
        var answer = await server.InferAsync(datatype == "FP32" ? "echo" : "text", Request(datatype, $"[{data.Split(',').Length}]", data));
        Assert.That(answer.Status, Is.EqualTo(expected), answer.Body);
    }

    [Test]
    public async Task Shapes_that_want_much_take_nothing()
    {
        await using var server = await StartAsync();
        await server.InferAsync("echo", Request("FP32", "[1]", "[1]"));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 100; i++)
        {
            var answer = await server.InferAsync("echo", Request("FP32", "[30000000]", "[1]"));
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        }

        // A hundred times 120 MB would be 12 GB.
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(50 << 20));
    }

    [Test]
    public async Task Requests_beyond_the_queue_are_refused_and_told_when_to_come_again(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(static o => (o.MaxConcurrency, o.MaxQueue) = (1, 1));
        var requests = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HalfSentRequest.SendAsync(server.Address, "/v2/models/echo/infer", bytes: 1, announced: 1000)));
        var answers = requests.ToDictionary(request => request.AnswerAsync(cancellationToken));

        // Two are in hand and wait for the rest, whichever came first.
        var refused = await Task.WhenAny(answers.Keys);
        Assert.That(await refused, Does.StartWith("HTTP/1.1 429").And.Contain("Retry-After: 1\r\n").And.Contain("{\"error\":"));
        foreach (var (answer, request) in answers.Where(pair => pair.Key != refused))
        {
            await request.FinishAsync(Request("FP32", "[1]", "[1]"));
            Assert.That(await answer, Does.StartWith("HTTP/1.1 200"));
        }

        Array.ForEach(requests, static request => request.Dispose());
        Assert.That((await server.InferAsync("echo", Request("FP32", "[1]", "[1]"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_client_that_sends_slowly_keeps_nobody_from_running(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(static o => (o.MaxConcurrency, o.MaxQueue) = (1, 1));
        using var slow = await HalfSentRequest.SendAsync(server.Address, "/v2/models/echo/infer", bytes: 1, announced: 1000);
        for (var i = 0; i < 10; i++)
        {
            Assert.That((await server.InferAsync("echo", Request("FP32", "[1]", "[1]"))).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        await slow.FinishAsync(Request("FP32", "[1]", "[1]"));
        Assert.That(await slow.AnswerAsync(cancellationToken), Does.StartWith("HTTP/1.1 200"));
    }

    [Test]
    public async Task No_more_requests_run_at_a_time_than_may()
    {
        using RequestGate gate = new(maxConcurrency: 2, maxQueue: 1);
        DefaultHttpContext context = new();
        await gate.BeginRunAsync(context);
        await gate.BeginRunAsync(context);
        var third = gate.BeginRunAsync(context).AsTask();
        Assert.That(third.IsCompleted, Is.False);

        gate.EndRun();
        await third;
    }

    [Test]
    public void No_more_requests_are_in_hand_than_may()
    {
        using RequestGate gate = new(maxConcurrency: 2, maxQueue: 1);
        for (var i = 0; i < 3; i++)
        {
            gate.Enter();
        }

        Assert.That(gate.Enter, Throws.InstanceOf<ProtocolException>().With.Property("Status").EqualTo(429));
        gate.Leave();
        Assert.That(gate.Enter, Throws.Nothing);
    }

    [Test]
    public async Task No_request_keeps_its_lease()
    {
        await using var server = await StartAsync();
        foreach (var body in new[] { Request("FP32", "[1]", "[1]"), Request("FP32", "[1,1]", "[1]"), Request("INT8", "[1]", "[1]"), "{" })
        {
            await server.InferAsync("echo", body);
        }

        await server.GetAsync("v2/models/echo");
        await server.GetAsync("v2/models/echo/ready");
        var served = server.Services.GetRequiredService<ServedModels>().All().Single(static model => model.DisplayName.StartsWith("echo", StringComparison.Ordinal));
        Assert.That(served.Current!.IsLeased, Is.False);
        Assert.That(served.Statistics.Snapshot().Count, Is.EqualTo(1));
    }

    [TestCase("MaxRequestBytes", 0)]
    [TestCase("MaxTensorBytes", 0)]
    [TestCase("MaxConcurrency", 0)]
    [TestCase("MaxQueue", -1)]
    [TestCase("ServerName", "")]
    [TestCase("AffinityHeader", " ")]
    [TestCase("Exposure", (InferenceExposure)7)]
    [TestCase("LoadTimeout", null)]
    public void An_option_that_cannot_be_meant_is_named(string option, object? value) => Assert.That(
        async () => await StartAsync(o => typeof(InferenceProtocolOptions).GetProperty(option)!.SetValue(o, value ?? TimeSpan.Zero)),
        Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo(option));

    [Test]
    public async Task Many_requests_at_once_all_get_their_own_answer()
    {
        await using var server = await StartAsync(static o => (o.MaxConcurrency, o.MaxQueue) = (1, 256));
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => server.InferAsync("echo", Request("FP32", "[2]", $"[{i},{i}.5]"))));
        Assert.That(answers.Select(static answer => answer.Data()), Is.EqualTo(Enumerable.Range(0, 200).Select(static i => $"[{i},{i}.5]")));
    }

    private static Task<InferenceServer> StartAsync(Action<InferenceProtocolOptions>? protocol = null) => InferenceServer.StartAsync(
        static (models, folder) => models.AddSaved(folder, "echo", Echo(TensorElementType.Float)).AddSaved(folder, "text", Echo(TensorElementType.String)), protocol);
}
