using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Configuration;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A real web host on a free port of the loopback interface whose models the inference protocol serves.</summary>
internal sealed class InferenceServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryFolder _cache;

    private InferenceServer(WebApplication app, TemporaryFolder cache)
    {
        (_app, _cache) = (app, cache);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Address = new Uri(addresses.Addresses.Single() + "/");
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<InferenceServer> StartAsync(
        Action<IModelManagementBuilder>? models = null,
        Action<InferenceProtocolOptions>? protocol = null,
        string prefix = "",
        Action<ModelManagementOptions>? options = null)
    {
        TemporaryFolder cache = new();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var management = builder.Services.AddModelManagement(o =>
        {
            o.CachePath = cache.Root;
            options?.Invoke(o);
        });
        models?.Invoke(management);
        var app = builder.Build();
        app.UseRouting();
        app.MapInferenceProtocol(prefix, protocol);
        await app.StartAsync();
        return new InferenceServer(app, cache);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _cache.Dispose();
    }
}
