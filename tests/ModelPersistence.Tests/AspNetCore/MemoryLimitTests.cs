using System.Net;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Testing;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>What all requests hold together.</summary>
[TestFixture, CancelAfter(60_000), NonParallelizable]
internal sealed class MemoryLimitTests
{
    private const int MiB = 1 << 20;
    private const int Budget = 10 * MiB;

    private static readonly string Small = Request("FP32", "[1]", "[1]");

    private InferenceProtocolOptions _options = null!;

    [Test]
    public async Task Requests_that_are_half_sent_hold_no_more_than_all_may(CancellationToken token)
    {
        await using var server = await StartAsync();
        var most = WatchAsync(out var watched);

        // Each has sent more than two of its four MiB, for which there is an array of four: with two of them, no third fits.
        using var first = await SendAsync(server);
        await UntilAsync(4 * MiB, token);
        using var second = await SendAsync(server);
        await UntilAsync(8 * MiB, token);
        var others = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => SendAsync(server)));
        foreach (var other in others)
        {
            Assert.That(await other.AnswerAsync(token), Does.StartWith("HTTP/1.1 503").And.Contain("Retry-After: 1\r\n").And.Contain("{\"error\":\"The server has no memory"));
            other.Dispose();
        }

        await UntilAsync(8 * MiB, token);
        await first.FinishAsync(Small);
        Assert.That(await first.AnswerAsync(token), Does.StartWith("HTTP/1.1 200"));
        await UntilAsync(4 * MiB, token);

        // A client that goes away leaves nothing behind either.
        second.Dispose();
        await UntilAsync(0, token);
        await watched.CancelAsync();
        Assert.That(await most, Is.LessThanOrEqualTo(Budget));
        foreach (var i in Enumerable.Range(0, 4))
        {
            Assert.That((await server.InferAsync("echo", Small.PadRight(4 * MiB - i))).Data(), Is.EqualTo("[1]"));
        }

        await UntilAsync(0, token);
    }

    [Test]
    public async Task Outputs_count_until_they_are_sent(CancellationToken token)
    {
        await using var server = await StartAsync();
        using var other = await SendAsync(server);
        await UntilAsync(4 * MiB, token);
        var refused = await server.InferAsync("blank", Request("INT64", "[1]", $"[{2 * MiB}]"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.Status, refused.Headers.RetryAfter?.Delta), Is.EqualTo((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1))));
            Assert.That(refused.Error, Does.Contain("memory"));
            Assert.That((await server.InferAsync("blank", Request("INT64", "[1]", $"[{MiB}]"))).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        other.Dispose();
        await UntilAsync(0, token);
        Assert.That((await server.InferAsync("blank", Request("INT64", "[1]", $"[{4 * MiB}]"))).Status, Is.EqualTo(HttpStatusCode.OK), "Nobody else is there.");
    }

    [Test]
    public async Task Whatever_becomes_of_a_request_nothing_of_it_is_held(CancellationToken token)
    {
        await using var server = await StartAsync();
        var text = $"[\"{new string('t', 20_000)}\",\"é\"]";
        foreach (var (model, body) in new[]
        {
            ("echo", Small), ("echo", "{"), ("echo", Request("FP32", "[2]", "[1]")), ("echo", Request("FP32", "[1]", "[1]").PadRight(5 * MiB)), ("none", Small),
            ("echo", Request("INT8", "[1]", "[1]")), ("echo", Request("FP32", "[3]", "[1,2,x]").PadLeft(MiB)), ("text", Request("BYTES", "[2]", text)),
            ("text", Request("BYTES", "[3]", text)), ("blank", Request("INT64", "[1]", "[-1]")), ("pass", Small),
        })
        {
            await server.InferAsync(model, body);
            await UntilAsync(0, token);
        }
    }

    [Test]
    public void Who_holds_all_there_is_gets_more_and_nobody_else_does()
    {
        MemoryGate gate = new(10);
        using RequestMemory first = new(gate), second = new(gate);
        first.Take(12);
        Assert.That(() => second.Take(1), Throws.InstanceOf<ProtocolException>().With.Property("Status").EqualTo(503));
        first.Take(8);
        first.Return(19);
        second.Take(9);
        Assert.That(() => first.Take(1), Throws.InstanceOf<ProtocolException>());
        first.Dispose();
        second.Dispose();
        Assert.That(gate.InHand, Is.Zero);
    }

    [Test]
    public void Threads_at_once_take_no_more_than_all_may()
    {
        MemoryGate gate = new(100);
        Parallel.For(0, 50_000, i =>
        {
            using RequestMemory memory = new(gate);
            try
            {
                memory.Take(30);
                memory.Take(i % 20);
                Assert.That(gate.InHand, Is.LessThanOrEqualTo(100));
            }
            catch (ProtocolException)
            {
                // Others were there.
            }
        });
        Assert.That(gate.InHand, Is.Zero);
    }

    [Test]
    public void A_pool_keeps_no_more_than_it_may_and_follows_the_sizes_that_are_wanted()
    {
        BufferPool pool = new(maxIdleBytes: 1 << 20);
        var small = pool.Rent(1000);
        Assert.That(small, Has.Length.EqualTo(1024));
        pool.Return(small);
        Assert.That(pool.Rent(1024), Is.SameAs(small));
        pool.Return(small);
        pool.Return(new byte[2 << 20]);
        pool.Return(new byte[512 << 10]);
        var large = new byte[1 << 20];
        pool.Return(large);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.IdleBytes, Is.EqualTo(1 << 20));
            Assert.That(pool.Rent(1 << 20), Is.SameAs(large));
            Assert.That(pool.Rent(1000), Is.Not.SameAs(small));
        }
    }

    [Test]
    public async Task By_default_there_is_room_for_the_largest_request()
    {
        await using var server = await InferenceServer.StartAsync(protocol: o => (o.MaxRequestBytes, o.MaxTensorBytes, _options) = (1 << 30, 1 << 30, o));
        Assert.That(_options.BytesInHand, Is.GreaterThanOrEqualTo(3L << 30));
    }

    [Test]
    public void Less_than_one_request_may_take_is_refused() => Assert.That(
        async () => await InferenceServer.StartAsync(protocol: static o => (o.MaxRequestBytes, o.MaxTensorBytes, o.MaxBytesInHand) = (10, 20, 29)),
        Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("MaxBytesInHand").And.Message.Contains("MaxTensorBytes (20)"));

    private static Task<HalfSentRequest> SendAsync(InferenceServer server) => HalfSentRequest.SendAsync(server.Address, "/v2/models/echo/infer", bytes: 5 * MiB / 2, announced: 4 * MiB);

    private Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(
        static (models, folder) => models
            .AddSaved(folder, "echo", Echo(TensorElementType.Float))
            .AddSaved(folder, "text", Echo(TensorElementType.String))
            .AddSaved(folder, "pass", new OnnxModelBuilder().Graph(static graph => graph.Input("x", TensorElementType.Float, "n").Output("x", TensorElementType.Float, "n")))
            .AddSaved(folder, "blank", new OnnxModelBuilder().Graph(static graph => graph
                .Input("x", TensorElementType.Int64, 1).Node("ConstantOfShape", ["x"], ["y"]).Output("y", TensorElementType.Float, "n"))),
        o => (o.MaxRequestBytes, o.MaxTensorBytes, o.MaxBytesInHand, _options) = (4 * MiB, 4 * MiB, Budget, o));

    // The most that was held while it was looked.
    private Task<long> WatchAsync(out CancellationTokenSource end)
    {
        CancellationTokenSource source = end = new();
        return Task.Run(async () =>
        {
            var most = 0L;
            while (!source.IsCancellationRequested)
            {
                most = Math.Max(most, _options.Memory!.InHand);
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }

            return most;
        });
    }

    private async Task UntilAsync(long bytes, CancellationToken token)
    {
        while (_options.Memory!.InHand != bytes)
        {
            // Not at once: the server needs the processors.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, token);
        }
    }
}
