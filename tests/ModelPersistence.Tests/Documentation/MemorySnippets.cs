using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/memory.md, compiled. A test compares them.</summary>
internal static class MemorySnippets
{
    public static void Budget(HostApplicationBuilder builder)
    {
        // <memory>
        builder.Services.AddModelManagement(o => o.MemoryBudgetBytes = 2L << 30)              // 2 GiB; without it 80% of the limit
            .AddModel("sentiment:stable", m => m.Critical())                                  // loaded at the start, never unloaded
            .AddModel("ranking:stable", m => m.Pinned().OnDemand())                           // loaded at its first request, then kept
            .AddModel("translation:stable", m => m.OnDemand(TimeSpan.FromMinutes(10)))        // gone 10 minutes after its last use
            .AddModel("summary:stable");                                                      // loaded at the start, makes way when memory is short
        // </memory>
    }
}
