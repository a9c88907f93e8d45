using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>What a host serves is marked as in use for as long as its sessions live, and no longer.</summary>
[CancelAfter(120_000)]
public sealed class UseOfServedModelsTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder()
    {
        _folder = new TemporaryFolder();
        Directory.CreateDirectory(_folder["volume"]);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_served_model_holds_what_it_stands_on_and_lets_go_of_it_when_the_host_has_stopped(bool prepare, CancellationToken cancellationToken)
    {
        TestModels.MatMul().Save(_folder["source/model.onnx"]);
        StoreFolder[] trees;
        await using (TestHost host = new(_folder["cache"], m => m.AddSharedVolume(_folder["volume"]).AddModel("m"), o => o.Prepare = prepare))
        {
            await host.Repository.PublishAsync(_folder["source"], "m", ModelVersion.Parse("1.0.0"), cancellationToken: cancellationToken);
            await host.StartAsync(cancellationToken);
            await host.SettledAsync(cancellationToken);
            trees = [.. host.Services.GetRequiredService<StorageLayout>().Writable];

            // Records are written later and hold what they are about until then; a session that was replaced goes behind the swap.
            await host.Services.GetRequiredService<ModelPreparer>().Recorded;
            await host.Services.GetRequiredService<ModelStore>().WhenRecorded();

            // Prepared, only the artifact is what is mapped at last; else it is the version.
            Assert.That(() => InUse(trees).Select(static key => key.Length), Is.EqualTo(new[] { prepare ? 40 : 16 }).After(30_000, 10));
        }

        Assert.That(() => InUse(trees), Is.Empty.After(10_000, 10), "the sessions are gone, and with them their marks");
    }

    private static string[] InUse(IEnumerable<StoreFolder> trees) =>
    [
        .. trees.Where(static tree => Directory.Exists(tree.Uses.Folder)).SelectMany(static tree => Directory.GetFiles(tree.Uses.Folder).Select(Path.GetFileName).Where(key =>
        {
            using var claim = tree.Uses.TryClaim(key!, create: false);
            return claim is null;
        })).Cast<string>(),
    ];
}
