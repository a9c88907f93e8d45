using ModelPersistence.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace ModelPersistence.Tests.Support;

/// <summary>A real host over a cache folder of the test's own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _started;

    public TestHost(
        string cachePath,
        Action<IModelManagementBuilder>? models = null,
        Action<ModelManagementOptions>? options = null,
        IReadOnlyDictionary<string, string?>? configuration = null,
        Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(configuration ?? new Dictionary<string, string?>());
        services?.Invoke(builder.Services);
        var management = builder.Services.AddModelManagement(o =>
        {
            o.CachePath = cachePath;
            options?.Invoke(o);
        });
        models?.Invoke(management);
        _host = builder.Build();
    }

    public IServiceProvider Services => _host.Services;

    public IModelProvider Models => _host.Services.GetRequiredService<IModelProvider>();

    public IModelStatus Status => _host.Services.GetRequiredService<IModelStatus>();

    public IModelRepository Repository => _host.Services.GetRequiredService<IModelRepository>();

    public static async Task<TestHost> StartedAsync(string cachePath, Action<IModelManagementBuilder>? models = null, Action<ModelManagementOptions>? options = null)
    {
        var host = new TestHost(cachePath, models, options);
        await host.StartAsync();
        return host;
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _host.StartAsync(cancellationToken);
        _started = true;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Until every model serves from its last tier, or has failed.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        await Status.WaitForAsync(StartupPhase.FullyReady, cancellationToken);
        var context = Services.GetRequiredService<ServingContext>();
        while (true)
        {
            // Models that were asked for later are no part of the start.
            var change = context.NextChange;
            if (Status.Models.All(static model => model.Version is null || model.Settled))
            {
                return;
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            await _host.StopAsync();
        }

        _host.Dispose();
    }
}
