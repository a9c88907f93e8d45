using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Testing;

namespace ModelPersistence.Benchmarks;

/// <summary>A generic host that serves a model from a folder with two versions, by an alias that is split over both and by one that is not.</summary>
internal sealed class SplitHost : IAsyncDisposable
{
    public const string Split = "transformer:split";
    public const string Whole = "transformer:whole";

    private static readonly ModelVersion First = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Second = ModelVersion.Parse("1.1.0");

    private readonly IHost _host;
    private readonly DirectoryInfo _folder;

    private SplitHost(IHost host, DirectoryInfo folder) => (_host, _folder, Models) = (host, folder, host.Services.GetRequiredService<IModelProvider>());

    public IModelProvider Models { get; }

    public static async Task<SplitHost> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("modelpersistence-split-");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddModelManagement(options => options.CachePath = Path.Combine(folder.FullName, "cache"))
            .AddSharedVolume(folder.CreateSubdirectory("volume").FullName);
        var host = builder.Build();
        await host.StartAsync();
        var repository = host.Services.GetRequiredService<IModelRepository>();
        PublishOptions options = new() { Warmup = new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 1, ["sequence"] = ServedHost.Sequence } } };
        await repository.PublishAsync(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB), "transformer", First, options);
        await repository.PublishAsync(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB with { HeadSeed = 2 }), "transformer", Second, options);
        await repository.SetAliasAsync("transformer", "whole", First);
        await repository.SetAliasAsync("transformer", "split", AliasTarget.Split(new WeightedVersion(First, 50), new WeightedVersion(Second, 50)));
        SplitHost served = new(host, folder);
        await served.SettleAsync();
        return served;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Waits until both references serve from their last tiers.</summary>
    private async Task SettleAsync()
    {
        var status = _host.Services.GetRequiredService<IModelStatus>();
        (await Models.GetAsync(Split)).Dispose();
        (await Models.GetAsync(Whole)).Dispose();
        while (status.Models.Any(static model => !model.Settled))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
