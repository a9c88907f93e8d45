using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Worker;

/// <summary><c>load volume cache reference</c>: serves a model from a folder and says which of the library's larger assemblies that took.</summary>
internal static class LoadVerb
{
    private static readonly string[] Heavy = ["Microsoft.Extensions.Caching.Memory", "System.Net.Http"];

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddModelManagement(o => o.CachePath = args[1]).AddSharedVolume(args[0]);
        using var host = builder.Build();
        await host.StartAsync();
        using (var lease = await host.Services.GetRequiredService<IModelProvider>().GetAsync(args[2]))
        {
            var loaded = AppDomain.CurrentDomain.GetAssemblies().Select(static assembly => assembly.GetName().Name).Intersect(Heavy);
            Console.WriteLine($"loaded {lease.Version} [{string.Join(' ', loaded)}]");
        }

        await host.StopAsync();
        return 0;
    }
}
