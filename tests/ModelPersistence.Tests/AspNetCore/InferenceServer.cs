using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Configuration;
using ModelPersistence.Startup;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A real web host on a free port of the loopback interface whose models the inference protocol serves.</summary>
internal sealed class InferenceServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryFolder _cache;

    private InferenceServer(WebApplication app, TemporaryFolder cache, RecordingLogger log)
    {
        (_app, _cache, Log) = (app, cache, log);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Address = new Uri(addresses.Addresses.Single() + "/");
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public RecordingLogger Log { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<InferenceServer> StartAsync(
        Action<IModelManagementBuilder, TemporaryFolder>? models = null,
        Action<InferenceProtocolOptions>? protocol = null,
        string prefix = "",
        Action<ModelManagementOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? middleware = null,
        MinDataRate? minBodyRate = null)
    {
        TemporaryFolder cache = new();
        RecordingLogger log = new();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinRequestBodyDataRate = minBodyRate;
        });
        var management = builder.Services.AddModelManagement(o =>
        {
            o.CachePath = cache["cache"];
            o.Prepare = false;
            options?.Invoke(o);
        });
        models?.Invoke(management, cache);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        middleware?.Invoke(app);
        app.UseRouting();
        app.MapInferenceProtocol(prefix, protocol);
        await app.StartAsync();
        return new InferenceServer(app, cache, log);
    }

    public Task FullyReadyAsync(CancellationToken cancellationToken) =>
        Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.FullyReady, cancellationToken);

    public Task<Answer> InferAsync(string model, string json) => PostAsync($"v2/models/{model}/infer", json);

    public async Task<Answer> PostAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        using StringContent content = new(json, Encoding.UTF8, "application/json");
        return await SendAsync(HttpMethod.Post, path, content, headers);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Client.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _cache.Dispose();
    }
}
