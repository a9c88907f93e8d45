using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/swapping.md, compiled. A test compares them.</summary>
internal static class SwappingSnippets
{
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
