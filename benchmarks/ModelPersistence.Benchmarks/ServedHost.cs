using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Preparation;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Store;

namespace ModelPersistence.Benchmarks;

/// <summary>A generic host that serves one model file.</summary>
internal sealed class ServedHost : IAsyncDisposable
{
    public const string Reference = "transformer";
    public const int Sequence = 32;

    private readonly IHost _host;

    private ServedHost(IHost host) => (_host, Models) = (host, host.Services.GetRequiredService<IModelProvider>());

    public IModelProvider Models { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<ServedHost> StartAsync(string model, string cache, Action<ModelManagementOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddModelManagement(options =>
            {
                options.CachePath = cache;
                configure?.Invoke(options);
            })
            .AddModelFile(Reference, model, static m => m.Critical().WarmupDimension("batch", 1).WarmupDimension("sequence", Sequence));
        var host = builder.Build();
        await host.StartAsync();
        return new ServedHost(host);
    }

    /// <summary>Waits until the last tier serves, and everything a later start needs is prepared and its hashes are on record.</summary>
    public async Task SettledAsync()
    {
        await _host.Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.FullyReady);
        await _host.Services.GetRequiredService<ModelPreparer>().Recorded;
        await _host.Services.GetRequiredService<UnmanifestedIndex>().WhenRemembered();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
