using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Startup;

namespace ModelPersistence.Serving.Harness;

/// <summary>A generic host with this library in it.</summary>
internal sealed class ServingHost : IAsyncDisposable
{
    private readonly IHost _host;

    private ServingHost(IHost host)
    {
        _host = host;
        Models = Get<IModelProvider>();
        Status = Get<IModelStatus>();
    }

    public IModelProvider Models { get; }

    public IModelStatus Status { get; }

    public IModelManager Manager => Get<IModelManager>();

    public IModelRepository Repository => Get<IModelRepository>();

    public MemoryBudget Budget => Get<MemoryBudget>();

    public ServedModels Served => Get<ServedModels>();

    public static async Task<ServingHost> StartAsync(Action<ModelManagementOptions> configure, Action<IModelManagementBuilder> add)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        add(builder.Services.AddModelManagement(configure));
        var host = builder.Build();
        await host.StartAsync();
        return new ServingHost(host);
    }

    /// <summary>Waits until the reference serves from its last tier.</summary>
    public async Task SettleAsync(string reference)
    {
        (await Models.GetAsync(reference)).Dispose();
        var canonical = ModelReference.Parse(reference).ToString();
        while (!Status.Models.Any(model => model.Reference == canonical && model.Settled))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    private T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();
}
