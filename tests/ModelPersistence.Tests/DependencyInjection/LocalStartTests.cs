using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.DependencyInjection;

[TestFixture]
[CancelAfter(60_000)]
internal sealed class LocalStartTests
{
    [Test]
    public async Task A_start_from_a_folder_loads_nothing_that_only_far_providers_need(CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["volume"]);
        TestModels.Add(1).Save(folder["model.onnx"]);
        await using (var host = new TestHost(folder["publisher"], m => m.AddSharedVolume(folder["volume"])))
        {
            await host.Repository.PublishAsync(folder["model.onnx"], "add", ModelVersion.Parse("1.0.0"), new PublishOptions { Aliases = ["stable"] }, cancellationToken);
        }

        using WorkerProcess worker = new("load", folder["volume"], folder["cache"], "add:stable");
        Assert.That(await worker.ReadLineAsync(cancellationToken), Is.EqualTo("loaded 1.0.0 []"));
        Assert.That(await worker.ExitAsync(cancellationToken), Is.Zero);
    }
}
