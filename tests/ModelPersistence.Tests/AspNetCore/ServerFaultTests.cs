using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>What the server cannot help is told apart from what the client did, and neither shows the server's inside.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class ServerFaultTests
{
    private const string Secret = "/srv/models/secret";
    private static readonly string Body = Request("FP32", "[1]", "[1]");

    private static IEnumerable<TestCaseData> Faults()
    {
        yield return new TestCaseData(new ModelStorageException("volume", Secret, isTransient: true), HttpStatusCode.ServiceUnavailable, 30);
        yield return new TestCaseData(new ModelLoadException(LoadPhase.Load, Secret), HttpStatusCode.ServiceUnavailable, 30);
        yield return new TestCaseData(new ModelIntegrityException(Secret), HttpStatusCode.ServiceUnavailable, 30);
        yield return new TestCaseData(new ModelMemoryException(Secret, isTransient: true), HttpStatusCode.ServiceUnavailable, 30);
        yield return new TestCaseData(new ObjectDisposedException(Secret), HttpStatusCode.ServiceUnavailable, 5);
        yield return new TestCaseData(new ModelNotFoundException(Secret), HttpStatusCode.NotFound, null);
        yield return new TestCaseData(new InvalidOperationException(Secret), HttpStatusCode.InternalServerError, null);
    }

    [TestCaseSource(nameof(Faults))]
    public async Task A_model_that_cannot_be_had_shows_nothing_of_the_inside(Exception fault, HttpStatusCode expected, int? retryAfter)
    {
        await using var server = await StartAsync(new ScriptedProvider(_ => Task.FromException<ModelLease>(fault)));
        foreach (var answer in new[] { await server.InferAsync("echo", Body), await server.GetAsync("v2/models/echo") })
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(answer.Status, Is.EqualTo(expected));
                Assert.That(answer.Error, Is.Not.Empty.And.Not.Contain("srv").And.Not.Contain("Exception"));
                Assert.That(answer.Headers.RetryAfter?.Delta?.TotalSeconds, Is.EqualTo(retryAfter));
            }
        }
    }

    [Test]
    public async Task A_request_waits_for_a_load_no_longer_than_it_may()
    {
        ManualTimeProvider clock = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(new ScriptedProvider(async token =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException();
        }), clock, static o => o.LoadTimeout = TimeSpan.FromSeconds(7));
        var answering = server.InferAsync("echo", Body);
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.That(answering.IsCompleted, Is.False);

        clock.Advance(TimeSpan.FromSeconds(0.2));
        var answer = await answering;
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Error, Does.Contain("being loaded"));
        Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task A_client_that_gives_up_ends_its_wait(CancellationToken cancellationToken)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously), ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(new ScriptedProvider(async token =>
        {
            asked.TrySetResult();
            await using var registration = token.Register(() => ended.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException();
        }));
        using CancellationTokenSource patience = new();
        using StringContent content = new(Body, Encoding.UTF8, "application/json");
        var sending = server.Client.PostAsync("v2/models/echo/infer", content, patience.Token);
        await asked.Task;
        await patience.CancelAsync();
        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
        await ended.Task.WaitAsync(cancellationToken);
    }

    [Test]
    public async Task The_hosts_own_time_limit_ends_a_request()
    {
        await using var server = await InferenceServer.StartAsync(
            static (models, folder) => models.AddSaved(folder, "echo", Echo(TensorElementType.Float)),
            services: static services => services
                .AddSingleton<IModelProvider>(new ScriptedProvider(static async token =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                    throw new InvalidOperationException();
                }))
                .AddRequestTimeouts(static timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(50) }),
            middleware: static app => app.UseRouting().UseRequestTimeouts());
        Assert.That((await server.InferAsync("echo", Body)).Status, Is.EqualTo(HttpStatusCode.GatewayTimeout));
    }

    [Test]
    public async Task A_file_that_is_missing_is_no_fault_of_the_client()
    {
        await using var server = await InferenceServer.StartAsync(static (models, folder) => models.AddModelFile("gone", folder["gone.onnx"]));
        var answer = await server.InferAsync("gone", Body);
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable).Or.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Error, Does.Not.Contain(".onnx"));
    }

    [Test]
    public async Task Inputs_that_a_layer_refuses_are_the_clients_doing_and_memory_it_lacks_is_not()
    {
        await using var server = await InferenceServer.StartAsync(static (models, folder) => models
            .AddSaved(folder, "gather", new OnnxModelBuilder().Graph(static graph => graph
                .Input("x", TensorElementType.Int64, "n").Initializer<float>("data", [3], [1, 2, 3]).Node("Gather", ["data", "x"], ["y"]).Output("y", TensorElementType.Float, "n")))
            .AddSaved(folder, "parse", new OnnxModelBuilder().Graph(static graph => graph
                .Input("x", TensorElementType.String, "n").Node("Cast", ["x"], ["y"], static a => a.Int("to", 1)).Output("y", TensorElementType.Float, "n")))
            .AddSaved(folder, "blank", new OnnxModelBuilder().Graph(static graph => graph
                .Input("x", TensorElementType.Int64, 1).Node("ConstantOfShape", ["x"], ["y"]).Output("y", TensorElementType.Float, "n"))));
        using (Assert.EnterMultipleScope())
        {
            var gather = await server.InferAsync("gather", Request("INT64", "[1]", "[7]"));
            Assert.That(gather.Status, Is.EqualTo(HttpStatusCode.BadRequest), gather.Body);
            Assert.That(gather.Error, Does.Contain("out of data bounds"));
            var parse = await server.InferAsync("parse", Request("BYTES", "[1]", "[\"x\"]"));
            Assert.That(parse.Status, Is.EqualTo(HttpStatusCode.BadRequest), parse.Body + string.Join('\n', server.Log.Messages));
            var blank = await server.InferAsync("blank", Request("INT64", "[1]", $"[{1L << 45}]"));
            Assert.That(blank.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), blank.Body);
            Assert.That(blank.Error, Does.Contain("memory"));
        }
    }

    [TestCase("[ErrorCode:InvalidArgument] Got invalid dimensions for input: x", 400)]
    [TestCase("[ErrorCode:RuntimeException] Non-zero status code returned while running Add node. Name:'a' Status Message: /src/add.cc:7 Attempting to broadcast an axis by a dimension other than 1. 2 by 3", 400)]
    [TestCase("[ErrorCode:RuntimeException] Non-zero status code returned while running Add node. Name:'a' Status Message: Failed to allocate memory for requested buffer of size 5", 503)]
    [TestCase("[ErrorCode:RuntimeException] Non-zero status code returned while running Gemm node. Name:'g' Status Message: CUDA error 700", null)]
    [TestCase("[ErrorCode:Fail] something else", null)]
    public void The_runtimes_words_decide_whose_fault_a_run_is(string message, int? status)
    {
        var explained = RunFault.Explain(message);
        Assert.That(explained?.Status, Is.EqualTo(status));
        Assert.That(explained?.Message ?? "", Does.Not.Contain("/src"));
    }

    private static Task<InferenceServer> StartAsync(IModelProvider provider, TimeProvider? clock = null, Action<InferenceProtocolOptions>? protocol = null) =>
        InferenceServer.StartAsync(
            static (models, folder) => models.AddSaved(folder, "echo", Echo(TensorElementType.Float)),
            protocol,
            services: services =>
            {
                services.AddSingleton(provider);
                if (clock is not null)
                {
                    services.AddSingleton(clock);
                }
            });
}
