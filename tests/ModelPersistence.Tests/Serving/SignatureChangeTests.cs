using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using static ModelPersistence.Tests.Serving.SwapScene;

namespace ModelPersistence.Tests.Serving;

/// <summary>An alias moves to a version that takes other inputs than the one that serves.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SignatureChangeTests
{
    private readonly SwapScene _scene = new();

    private static OnnxModelBuilder Doubles => new OnnxModelBuilder().Graph(static graph => graph
        .Input("x", TensorElementType.Double, "batch", 1024)
        .Node("Identity", ["x"], ["y"])
        .Output("y", TensorElementType.Double, "batch", 1024));

    [TearDown]
    public async Task DisposeScene() => await _scene.DisposeAsync();

    [Test]
    public async Task A_version_with_another_input_type_is_refused_and_the_old_one_serves_on(CancellationToken token)
    {
        await using var host = await ServeAsync(static _ => { }, token);
        var changes = host.Status.FollowAsync(token).GetAsyncEnumerator(token);
        await using var following = changes.ConfigureAwait(false);
        await _scene.MoveAsync(host, V(2), token);
        Assert.That(await changes.MoveNextAsync(), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((changes.Current.Kind, changes.Current.Version), Is.EqualTo((ModelChangeKind.Failed, V(2))));
            Assert.That(changes.Current.Reason, Does.Contain("x").And.Contain("AllowSignatureChange"));
            Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
            Assert.That(host.Status.Models.Single().Version, Is.EqualTo(V(1)));
            Assert.That(Degradations(host), Has.One.Contains("Version 2.0.0 of 'add:latest' cannot serve").And.One.Contains("AllowSignatureChange"));
        }
    }

    [Test]
    public async Task Where_the_host_allows_it_the_new_one_serves(CancellationToken token)
    {
        await using var host = await ServeAsync(static model => model.AllowSignatureChange(), token);
        await _scene.MoveAsync(host, V(2), token);
        using var lease = await host.Models.GetAsync(Model, token);
        using var outputs = lease.Run(("x", Enumerable.Repeat(2.5, 1024).ToArray(), [1, 1024]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lease.Version, Is.EqualTo(V(2)));
            Assert.That(outputs.Values<double>("y")[0], Is.EqualTo(2.5));
        }
    }

    private async Task<TestHost> ServeAsync(Action<ModelRegistration> configure, CancellationToken token)
    {
        await _scene.PublishAllAsync(1);
        await _scene.PublishAsync(V(2), Doubles);
        var host = _scene.HostOver(m => m.AddSharedVolume(_scene.Volume).AddModel(Model, configure));
        Assert.That(await AnswerAsync(host, token), Is.EqualTo(1f));
        return host;
    }
}
