using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A host whose cache may take less than what it serves.</summary>
[CancelAfter(120_000)]
public sealed class DiskLimitTests
{
    [Test]
    public async Task A_host_serves_and_prepares_what_it_needs_however_small_the_limit_and_starts_from_it_again(CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        TestModels.MatMul().Save(folder["m/model.onnx"]);
        InMemoryStorageProvider remote = new();
        remote.PublishFolder("m", "1.0.0", folder["m"]);
        TestHost Host() => new(folder["cache"], m => m.AddProvider("remote", _ => remote).AddModel("m:1.0.0"), o => o.MaxStoreBytes = 1);
        await using (var first = Host())
        {
            await first.StartAsync(cancellationToken);
            await first.SettledAsync(cancellationToken);
            Assert.That(first.Services.GetRequiredService<StoreUpkeep>().OverLimit, Does.Contain("MaxStoreBytes"));
        }

        await using var second = Host();
        await second.StartAsync(cancellationToken);
        await second.SettledAsync(cancellationToken);
        using var lease = await second.Models.GetAsync("m:1.0.0", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(folder["cache/m/1.0.0/manifest.json"]), Is.True);
            Assert.That(Directory.GetDirectories(folder["cache/.prepared"]), Has.Length.GreaterThanOrEqualTo(1));
            Assert.That(await second.Services.GetRequiredService<IModelStore>().CleanupAsync(new CleanupOptions { GracePeriod = TimeSpan.Zero, MaxBytes = 0 }, cancellationToken), Has.Property("RemovedBytes").EqualTo(0));
        }
    }
}
