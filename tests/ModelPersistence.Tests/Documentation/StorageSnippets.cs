using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/storage.md, compiled. A test compares them.</summary>
internal static class StorageSnippets
{
    public static void Limit(HostApplicationBuilder builder)
    {
        // <limit>
        builder.Services.AddModelManagement(o =>
            {
                o.CachePath = "/var/cache/models";
                o.MaxStoreBytes = 20L << 30;    // 20 GiB; or ModelManagement:MaxStoreBytes
            })
            .AddModel("sentiment:stable");
        // </limit>
    }

    public static async Task CleanUpAsync(IModelStore store)
    {
        // <cleanup>
        CleanupOptions weekly = new() { Repository = "SharedVolume", MaxBytes = 500L << 30, DryRun = true };
        foreach (var item in (await store.CleanupAsync(weekly)).Items)
        {
            Console.WriteLine($"{item.Outcome} {item.Kind} {item.Path}: {item.Bytes} bytes, {item.Reason}");
        }

        var report = await store.CleanupAsync(weekly with { DryRun = false });
        Console.WriteLine($"{report.RemovedBytes} bytes are free again in {report.Folder}");
        // </cleanup>
    }
}
