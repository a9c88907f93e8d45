using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>A web host in which everything happens that an instrument tells of: loads, runs, a swap, one that fails, downloads, wrong bytes, rest.</summary>
internal sealed class InstrumentScene : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryStorageProvider _remote = new();
    private readonly FaultyStorageProvider _faulty;
    private readonly SemaphoreSlim _asked = new(0);
    private readonly TaskCompletionSource _evicted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _listener = new();
    private readonly WebApplication _app;
    private ModelLease? _held;

    public InstrumentScene()
    {
        _faulty = new FaultyStorageProvider(_remote);
        Directory.CreateDirectory(_folder["volume"]);
        _remote.Publish("fetched", "1.0.0", TestModels.Add(1).ToArray());
        _remote.Publish("forged", "1.0.0", TestModels.Add(2).ToArray());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddModelManagement(o => (o.CachePath, o.RefreshInterval, o.AutomaticRollback) = (_folder["cache"], TimeSpan.Zero, false))
            .AddSharedVolume(_folder["volume"])
            .AddProvider("memory", _ => _faulty)
            .AddModel("add", static m => m.OnDemand(Timeout.InfiniteTimeSpan).Warmup(iterations: 3))
            .AddModel("fetched", static m => m.OnDemand(TimeSpan.FromMilliseconds(1)))
            .AddModel("forged", static m => m.OnDemand());
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            _asked.Release();
            return next(context);
        });
        _app.UseRouting();
        _app.MapModelMetrics();
    }

    /// <summary>Where the host answers.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Plays it. One lease stays out until the end.</summary>
    public async Task PlayAsync(CancellationToken token)
    {
        await PublishAsync(1, TestModels.Add(1), token);
        ListenForEvictions();
        await _app.StartAsync(token);
        _held = await Models.GetAsync("add", token);
        SwapScene.Run(_held);
        Assert.That(() => _held.Run(("x", new float[3], [1, 3])), Throws.Exception);

        await PublishAsync(2, TestModels.Add(2), token);
        await Manager.RefreshAsync("add", token);
        await UntilAsync(model => model.Version == SwapScene.V(2) && model.Settled, token);
        await PublishAsync(3, SwapScene.Unloadable, token);
        await Manager.RefreshAsync("add", token);
        await UntilAsync(static model => model.Degradations.Count > 0, token);

        (await Models.GetAsync("fetched", token)).Dispose();
        _faulty.CorruptStreams(times: 1000);
        Assert.ThrowsAsync<ModelIntegrityException>(async () => await Models.GetAsync("forged", token));
        await _evicted.Task.WaitAsync(token);
    }

    /// <summary>Until somebody who asks again and again has got an answer to a request that was made after this moment, and kept it.</summary>
    public async Task AskedAsync(CancellationToken token)
    {
        while (await _asked.WaitAsync(TimeSpan.Zero, token))
        {
        }

        // Who makes the second request has dealt with the answer to the first.
        await _asked.WaitAsync(token);
        await _asked.WaitAsync(token);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _held?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _asked.Dispose();
        _folder.Dispose();
    }

    private IModelProvider Models => _app.Services.GetRequiredService<IModelProvider>();

    private IModelManager Manager => _app.Services.GetRequiredService<IModelManager>();

    private async Task PublishAsync(int number, OnnxModelBuilder model, CancellationToken token)
    {
        model.Save(_folder[$"{number}.onnx"]);
        await _app.Services.GetRequiredService<IModelRepository>().PublishAsync(_folder[$"{number}.onnx"], "add", SwapScene.V(number), cancellationToken: token);
    }

    /// <summary>Waits until something holds of the model <c>add</c>.</summary>
    private async Task UntilAsync(Func<ModelStatusEntry, bool> holds, CancellationToken token)
    {
        var context = _app.Services.GetRequiredService<ServingContext>();
        var status = _app.Services.GetRequiredService<IModelStatus>();
        while (true)
        {
            var change = context.NextChange;
            if (holds(status.Models.Single(static model => model.Reference.StartsWith("add", StringComparison.Ordinal))))
            {
                return;
            }

            await change.WaitAsync(token);
        }
    }

    private void ListenForEvictions()
    {
        var scope = _app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == ModelTelemetry.Evictions && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => _evicted.TrySetResult());
        _listener.Start();
    }
}
