using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Startup;
using ModelPersistence.Testing;

namespace ModelPersistence.Endpoint.Servers;

/// <summary>A web host of which only the way to ready is of interest: with a model of 268 MB that is critical, or with none.</summary>
internal static class StartServer
{
    public const string ReadyPath = "/health/ready";

    private const string Model = "transformer";

    /// <param name="folder">Where prepared artifacts are kept.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="hasModel">Whether it has the model.</param>
    /// <param name="isFirst">Whether it prepares the model for later starts and then ends.</param>
    public static async Task RunAsync(string folder, int port, bool hasModel, bool isFirst)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddHealthChecks();
        var models = builder.Services.AddModelManagement(options => options.CachePath = Path.Combine(folder, "cache"));
        if (hasModel)
        {
            models.AddModelFile(Model, SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size268MB), static model => model
                .Critical().WarmupDimension("batch", 1).WarmupDimension("sequence", 32));
        }

        await using var app = builder.Build();
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions { Predicate = static check => check.Tags.Contains("ready") });
        await app.StartAsync();
        if (isFirst)
        {
            await SettledAsync(app.Services.GetRequiredService<IModelStatus>());
        }
        else
        {
            await Console.In.ReadToEndAsync();
        }

        await app.StopAsync();
    }

    /// <summary>Until the artifacts are there, and old enough that their hashes are on record.</summary>
    private static async Task SettledAsync(IModelStatus status)
    {
        await status.WaitForAsync(StartupPhase.FullyReady);
        while (!status.Models.All(static model => model.Settled))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
    }
}
