using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Measuring;

namespace ModelPersistence.Endpoint.Servers;

/// <summary>What the servers have in common.</summary>
internal static class Web
{
    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder;
    }

    /// <summary>Serves until the harness closes the standard input, after it was told the address.</summary>
    public static async Task RunAsync(WebApplication app, Func<Task>? settle = null)
    {
        await app.StartAsync();
        await (settle?.Invoke() ?? Task.CompletedTask);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Announcement.Say(("address", address));
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
