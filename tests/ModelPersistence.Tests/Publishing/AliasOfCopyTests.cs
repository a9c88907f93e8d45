using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Publishing;

/// <summary>A version that was deleted where it was published can outlive that in a host's own cache.</summary>
[CancelAfter(60_000)]
internal sealed class AliasOfCopyTests
{
    [Test]
    public async Task An_alias_cannot_be_set_to_a_version_that_only_this_hosts_cache_still_has()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["volume"]);
        TestModels.Add(1).Save(folder["model.onnx"]);
        await using var host = new TestHost(folder["cache"], m => m.AddSharedVolume(folder["volume"], static o => o.MapFrom = MapFrom.LocalCopy));
        var one = ModelVersion.Parse("1.0.0");
        await host.Repository.PublishAsync(folder["model.onnx"], "add", one, new PublishOptions { MoveLatest = false });
        await host.Services.GetRequiredService<IModelStore>().FetchAsync("add:1.0.0");
        await host.Repository.DeleteAsync("add", one);

        Assert.That(Directory.Exists(folder["cache/add/1.0.0"]), Is.True, "the copy is what the test is about");
        Assert.That(async () => await host.Repository.SetAliasAsync("add", "stable", one), Throws.TypeOf<ModelNotFoundException>());
    }
}
