using ModelPersistence.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The README's smaller snippets, compiled. A test compares them.</summary>
internal static class ReadmeSnippets
{
    public static void Production(HostApplicationBuilder builder)
    {
        // <production>
        builder.Services.AddModelManagement()
            .AddBakedIn("/app/models")              // in the container image, read-only
            .AddSharedVolume("/mnt/models")         // EFS, NFS, a persistent volume, a plain folder: many hosts
            .AddS3(o => { o.BucketName = "models"; o.Prefix = "prod/"; })    // package ModelPersistence.Aws
            .AddModel("sentiment:stable", m => m.Critical().Warmup(iterations: 10).WarmupDimension("sequence", 32))
            .AddModel("ranking:1.*");
        // </production>
    }

    public static void Remote(HostApplicationBuilder builder, string token)
    {
        // <remote>
        builder.Services.AddModelManagement()
            .AddSharedVolume("/mnt/models")                                   // what is fetched lands here, once for all hosts
            .AddHttp("https://models.example.com/prod", o => o.BearerToken = token)
            .AddModel("sentiment:stable", m => m.Critical());
        // </remote>
    }

    public static async Task PublishAsync(IModelRepository repository)
    {
        // <publishing>
        await repository.PublishAsync("exports/sentiment", "sentiment", ModelVersion.Parse("1.2.0"),
            new PublishOptions { Aliases = ["stable"], Warmup = new WarmupHints { Dimensions = new Dictionary<string, long> { ["sequence"] = 32 } } });
        // </publishing>
    }
}
