using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(120_000)]
internal sealed class ModelProviderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task The_first_start_serves_the_file_itself_and_then_the_packed_artifact(CancellationToken token)
    {
        TestModels.MatMul().Save(_folder["m.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("m", _folder["m.onnx"], o => o.Critical()));
        await host.SettledAsync(token);
        var status = host.Status.Models.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.State, Is.EqualTo(ModelState.Ready));
            Assert.That(status.Degradations, Is.Empty);
            Assert.That(status.Timeline!.Steps.Select(step => step.Phase), Does.Contain(LoadPhase.Load).And.Contain(LoadPhase.FirstRun));
            Assert.That(status.Timeline.Steps.Where(step => step.Phase == LoadPhase.Prepare && step.BehindStart), Is.Not.Empty);
            Assert.That(status.Warmup!.Iterations, Is.EqualTo(10));
        }
    }

    [Test]
    public async Task The_second_start_serves_mapped_first_and_gives_the_same_outputs(CancellationToken token)
    {
        var model = SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB);
        var (first, tierOfFirst) = await RunOnceAsync(model, token);
        var (second, tierOfSecond) = await RunOnceAsync(model, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tierOfFirst, Is.EqualTo(SessionTier.Original));
            Assert.That(tierOfSecond, Is.EqualTo(SessionTier.Mapped));
            Assert.That(second, Is.EqualTo(first).Within(1e-4));
        }
    }

    [Test]
    public async Task What_a_caller_does_with_a_model_keeps_nobody_who_waited_for_the_same_from_it(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]), o => o.Prepare = false);
        using Barrier all = new(3);
        await Task.WhenAll(Enumerable.Range(0, all.ParticipantCount).Select(_ => UseAsync()));

        async Task UseAsync()
        {
            using var lease = await host.Models.GetAsync("add", token).ConfigureAwait(false);
            all.SignalAndWait(token);
        }
    }

    [Test]
    public async Task Spellings_of_one_reference_share_a_session(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]), o => o.Prepare = false);
        using var named = await host.Models.GetAsync("add", token);
        using var aliased = await host.Models.GetAsync("add:latest", token);
        using var versioned = await host.Models.GetAsync("add:0.0.0", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliased.Session, Is.SameAs(named.Session));
            Assert.That(versioned.Session, Is.SameAs(named.Session));
        }
    }

    [Test]
    public async Task TryGet_never_loads(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]));
        Assert.That(host.Models.TryGet("add", out var none), Is.False);
        Assert.That(none, Is.Null);
        (await host.Models.GetAsync("add", token)).Dispose();
        Assert.That(host.Models.TryGet("add:latest", out var lease), Is.True);
        lease!.Dispose();
    }

    [Test]
    public async Task A_malformed_reference_is_a_format_error()
    {
        await using var host = new TestHost(_folder["cache"]);
        Assert.That(async () => await host.Models.GetAsync("../etc/passwd"), Throws.TypeOf<FormatException>().With.Message.Contains("model reference"));
    }

    [Test]
    public async Task A_missing_model_is_not_found_and_leaves_no_trace()
    {
        await using var host = new TestHost(_folder["cache"]);
        Assert.That(async () => await host.Models.GetAsync("nobody"), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("nobody"));
        Assert.That(host.Status.Models, Is.Empty);
    }

    [Test]
    public async Task A_model_the_runtime_refuses_fails_with_its_cause_and_loads_once_it_is_mended(CancellationToken token)
    {
        TestModels.UnknownOperator().Save(_folder["m.onnx"]);
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("m", _folder["m.onnx"]));
        var failure = Assert.ThrowsAsync<ModelLoadException>(async () => await host.Models.GetAsync("m", token));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Phase, Is.EqualTo(LoadPhase.Load));
            Assert.That(failure.Message, Does.Contain("m:0.0.0").And.Contain("m.onnx"));
            Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Failed));
        }

        TestModels.Add().Save(_folder["m.onnx.new"]);
        File.Move(_folder["m.onnx.new"], _folder["m.onnx"], overwrite: true);
        using var lease = await host.Models.GetAsync("m", token);
        Assert.That(host.Status.Models.Single().State, Is.EqualTo(ModelState.Ready));
    }

    [Test]
    public async Task Inputs_that_cannot_be_made_up_degrade_the_model_and_name_the_hint(CancellationToken token)
    {
        TestModels.MultipleOfSix().Save(_folder["m.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("m", _folder["m.onnx"]));
        await host.SettledAsync(token);
        using var lease = await host.Models.GetAsync("m", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.Status.IsDegraded, Is.True);
            Assert.That(host.Status.DegradedReasons[0], Does.Contain("Warmup").And.Contain("m:0.0.0"));
        }
    }

    [Test]
    public async Task With_the_hint_the_same_model_is_not_degraded(CancellationToken token)
    {
        TestModels.MultipleOfSix().Save(_folder["m.onnx"]);
        var input = InputOf(_folder["m.onnx"]);
        await using var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("m", _folder["m.onnx"], o => o.WarmupInput(input, [12])));
        await host.SettledAsync(token);
        Assert.That(host.Status.DegradedReasons, Is.Empty);
    }

    [Test]
    public async Task Callers_at_once_share_one_load_and_a_cancelled_one_leaves_alone(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]));
        using var cancelled = new CancellationTokenSource();
        var impatient = host.Models.GetAsync("add", cancelled.Token).AsTask();
        var patient = Enumerable.Range(0, 4).Select(_ => host.Models.GetAsync("add", token).AsTask()).ToArray();
        await cancelled.CancelAsync();
        var leases = await Task.WhenAll(patient);
        await impatient.ContinueWith(static ended => ended.Status == TaskStatus.RanToCompletion ? Release(ended.Result) : 0, TaskScheduler.Default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(leases.Select(lease => lease.Session).Distinct().Count(), Is.EqualTo(1));
        }

        foreach (var lease in leases)
        {
            lease.Dispose();
        }
    }

    [Test]
    public async Task After_the_host_has_stopped_nothing_is_given_out_and_held_leases_still_work(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        var host = await TestHost.StartedAsync(_folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"]));
        var lease = await host.Models.GetAsync("add", token);
        using var shutdown = new CancellationTokenSource();
        var stopped = host.StopAsync(shutdown.Token);
        await shutdown.CancelAsync();
        try
        {
            await stopped;
        }
        catch (OperationCanceledException)
        {
            // The shutdown limit passed while the lease was out, as it should in this test.
        }

        using (var outputs = lease.Run(("x", new float[1024], [1, 1024])))
        {
            Assert.That(outputs.Values<float>("y")[0], Is.EqualTo(1f));
        }

        Assert.That(async () => await host.Models.GetAsync("add", token), Throws.TypeOf<ObjectDisposedException>());
        lease.Dispose();
        await host.DisposeAsync();
    }

    [Test]
    public async Task With_nothing_writable_it_serves_the_plain_file_and_says_why(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await File.WriteAllTextAsync(_folder["a-file"], "", token);
        await using var host = await TestHost.StartedAsync(_folder["a-file/cache"], m => m.AddModelFile("add", _folder["add.onnx"]));
        await host.SettledAsync(token);
        using var lease = await host.Models.GetAsync("add", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lease.Tier, Is.EqualTo(SessionTier.Original));
            Assert.That(host.Status.DegradedReasons, Has.Some.Contains("CachePath"));
        }
    }

    private static int Release(ModelLease lease)
    {
        lease.Dispose();
        return 0;
    }

    private static string InputOf(string path)
    {
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(path);
        return session.InputNames[0];
    }

    private async Task<(float[] Outputs, SessionTier Tier)> RunOnceAsync(string model, CancellationToken token)
    {
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("t", model));
        using var lease = await host.Models.GetAsync("t", token);
        using var outputs = lease.Run(("input_ids", new long[] { 1, 2, 3, 4 }, [1, 4]), ("attention_mask", new long[] { 1, 1, 1, 1 }, [1, 4]));
        var result = (outputs.Values<float>("logits").ToArray(), lease.Tier);
        await host.StartAsync(token);
        await host.SettledAsync(token);
        return result;
    }
}
