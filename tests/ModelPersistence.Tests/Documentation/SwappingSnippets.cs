using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/swapping.md, compiled. A test compares them.</summary>
internal static class SwappingSnippets
{
    public static async Task RefreshAsync(IHost host)
    {
        // <refresh>
        var manager = host.Services.GetRequiredService<IModelManager>();
        await manager.RefreshAsync("sentiment");   // completes when what the alias stands for serves, or could not be made to
        // </refresh>
    }

    public static async Task FollowAsync(IModelStatus status, CancellationToken stopping)
    {
        // <follow>
        await foreach (var change in status.FollowAsync(stopping))
        {
            Console.WriteLine($"{change.At:T} {change.Kind} {change.Subject} {change.Version} {change.Reason}");
        }
        // </follow>
    }

    public static async Task SplitAsync(IModelRepository repository, IModelProvider models, string userId)
    {
        // <split>
        await repository.SetAliasAsync("sentiment", "stable", AliasTarget.Split(
            new WeightedVersion(ModelVersion.Parse("1.2.0"), 90), new WeightedVersion(ModelVersion.Parse("1.3.0"), 10)));
        using var lease = await models.GetAsync("sentiment:stable", affinityKey: userId);
        // </split>
    }

    public static void Validation(HostApplicationBuilder builder)
    {
        // <validation>
        builder.Services.AddModelManagement()
            .AddModel("sentiment:stable", m => m.Validation(absoluteTolerance: 1e-3, latencyBudget: TimeSpan.FromMilliseconds(50)));
        // </validation>
    }

    public static void Rollback(HostApplicationBuilder builder)
    {
        // <rollback>
        builder.Services.AddModelManagement()
            .AddModel("sentiment:stable", m => m.Rollback(maxErrorRate: 0.01, maxP95: TimeSpan.FromMilliseconds(80)))
            .AddModel("experiment", m => m.WithoutRollback());
        // </rollback>
    }

    public static void Providers(HostApplicationBuilder builder)
    {
        // <providers>
        builder.Services.AddModelManagement()
            .AddModel("sentiment:stable", m => m
                .ExecutionProvider("TensorRT")
                .ExecutionProvider("Cuda", new Dictionary<string, string> { ["device_id"] = "1" }));
        // </providers>
    }
}
