using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(60_000)]
internal sealed class ModelLeaseTests
{
    private TemporaryFolder _folder = null!;
    private TestHost _host = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        TestModels.Add(2).Save(_folder["add.onnx"]);
        _host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Run_takes_named_arrays(CancellationToken token)
    {
        using var lease = await _host.Models.GetAsync("add", token);
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outputs.Names, Is.EqualTo(["y"]));
            Assert.That(outputs.Values<float>("y").ToArray(), Has.All.EqualTo(2f));
            Assert.That(outputs.Shape("y"), Is.EqualTo(new long[] { 1, 1024 }));
        }
    }

    [Test]
    public async Task An_output_that_is_an_input_keeps_the_memory_of_its_array_in_place(CancellationToken token)
    {
        new OnnxModelBuilder().Graph(static graph => graph
            .Input("x", TensorElementType.Float, 64)
            .Node("Neg", ["x"], ["y"])
            .Output("y", TensorElementType.Float, 64)
            .Output("x", TensorElementType.Float, 64)).Save(_folder["through.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["through"], m => m.AddModelFile("through", _folder["through.onnx"]));
        using var lease = await host.Models.GetAsync("through", token);
        List<(float[] Array, ModelOutputs Outputs)> runs = [];
        for (var i = 0; i < 200; i++)
        {
            // Garbage before it, which a compacting collection would close up.
            _ = new byte[4096];
            var array = Enumerable.Repeat((float)i, 64).ToArray();
            runs.Add((array, lease.Run(("x", array, [64]))));
        }

        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        foreach (var (array, outputs) in runs)
        {
            array[0] = -1;
            Assert.That(outputs.Values<float>("x")[0], Is.EqualTo(-1), "the array and the output are the same memory");
            outputs.Dispose();
        }
    }

    [Test]
    public async Task Run_takes_runtime_values_and_chosen_outputs(CancellationToken token)
    {
        using var lease = await _host.Models.GetAsync("add", token);
        using var x = OrtValue.CreateTensorValueFromMemory(new float[1024], [1, 1024]);
        using var outputs = lease.Run(new Dictionary<string, OrtValue> { ["x"] = x }, ["y"]);
        Assert.That(outputs["y"].GetTensorDataAsSpan<float>()[0], Is.EqualTo(2f));
    }

    [Test]
    public async Task Outputs_outlive_the_lease(CancellationToken token)
    {
        ModelOutputs outputs;
        using (var lease = await _host.Models.GetAsync("add", token))
        {
            outputs = lease.Run(("x", new float[1024], [1, 1024]));
        }

        using (outputs)
        {
            Assert.That(outputs.Values<float>("y")[1023], Is.EqualTo(2f));
        }
    }

    [Test]
    public async Task A_shape_that_does_not_fit_is_named(CancellationToken token)
    {
        using var lease = await _host.Models.GetAsync("add", token);
        Assert.That(() => lease.Run(("x", new float[10], [1, 1024])), Throws.ArgumentException.With.Message.Contains("'x' has 10 elements"));
    }

    [Test]
    public async Task An_unsupported_element_type_is_named(CancellationToken token)
    {
        using var lease = await _host.Models.GetAsync("add", token);
        Assert.That(() => lease.Run(("x", new decimal[1024], [1, 1024])), Throws.ArgumentException.With.Message.Contains("Decimal"));
    }

    [Test]
    public async Task An_unknown_output_lists_those_there_are(CancellationToken token)
    {
        using var lease = await _host.Models.GetAsync("add", token);
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        Assert.That(() => outputs["z"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("there are: y"));
    }

    [Test]
    public async Task A_disposed_lease_refuses_everything_and_may_be_disposed_again(CancellationToken token)
    {
        var lease = await _host.Models.GetAsync("add", token);
        lease.Dispose();
        lease.Dispose();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => lease.Session, Throws.TypeOf<ObjectDisposedException>());
            Assert.That(() => lease.Run(("x", new float[1024], [1, 1024])), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(() => lease.Version, Throws.TypeOf<ObjectDisposedException>());
        }

        using var next = await _host.Models.GetAsync("add", token);
        using var outputs = next.Run(("x", new float[1024], [1, 1024]));
        Assert.That(outputs.Values<float>("y")[0], Is.EqualTo(2f));
    }
}
