using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(120_000)]
internal sealed class ExecutionProviderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder()
    {
        _folder = new TemporaryFolder();
        TestModels.MatMul(width: 128).Save(_folder["m.onnx"]);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_model_for_a_device_that_is_not_there_serves_from_the_processor_and_says_so_once(CancellationToken token)
    {
        using var log = new RecordingLogger();
        await using var host = new TestHost(
            _folder["cache"],
            models => models.AddModelFile("m", _folder["m.onnx"], m => m.ExecutionProvider("Cuda", new Dictionary<string, string> { ["device_id"] = "0" })),
            services: services => services.AddLogging(logging => logging.AddProvider(log)));
        await host.StartAsync(token);
        await host.SettledAsync(token);
        using var lease = await host.Models.GetAsync("m", token);
        using var outputs = lease.Run(("x", new float[128], [1, 128]));
        using var all = Assert.EnterMultipleScope();
        Assert.That(lease.Tier, Is.EqualTo(SessionTier.Packed));
        Assert.That(outputs.Values<float>("y").Length, Is.EqualTo(128));
        Assert.That(log.Messages.Where(static message => message.Contains("runs on Cpu", StringComparison.Ordinal)), Has.One.Items.And.One.Contains("Cuda: this build of ONNX Runtime does not have it"));
    }

    [Test]
    public async Task What_was_prepared_without_the_device_is_the_processors_own(CancellationToken token)
    {
        // A host that has the device must not find it under its key, and one without may share it with all others that have none.
        await PrepareAsync(static m => m.ExecutionProvider("Cuda"), token);
        var made = Prepared();
        await PrepareAsync(static _ => { }, token);
        using var all = Assert.EnterMultipleScope();
        Assert.That(made, Has.Length.EqualTo(2));
        Assert.That(Prepared(), Is.EqualTo(made));
        Assert.That(Directory.EnumerateFiles(_folder["cache"], "prepared.json", SearchOption.AllDirectories).Select(File.ReadAllText), Is.All.Contains("ep=Cpu").And.All.Not.Contains("Cuda"));
    }

    [Test]
    public async Task Providers_and_their_options_can_be_said_by_configuration()
    {
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Models:0:Reference"] = "m",
            ["ModelManagement:Models:0:ExecutionProviders:0"] = "Cuda",
            ["ModelManagement:Models:0:ExecutionProviderOptions:Cuda:device_id"] = "1",
        });
        var model = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value.Models.Single();
        using var all = Assert.EnterMultipleScope();
        Assert.That(model.ExecutionProviders, Is.EqualTo(new[] { "Cuda" }));
        Assert.That(model.ExecutionProviderOptions["cuda"]["device_id"], Is.EqualTo("1"));
    }

    private async Task PrepareAsync(Action<ModelRegistration> model, CancellationToken token)
    {
        await using var host = await TestHost.StartedAsync(_folder["cache"], models => models.AddModelFile("m", _folder["m.onnx"], model));
        await host.SettledAsync(token);
    }

    private string[] Prepared() => [.. Directory.GetDirectories(_folder["cache/.prepared"]).Order(StringComparer.Ordinal)];
}
