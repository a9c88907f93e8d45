using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.DependencyInjection;

[CancelAfter(60_000)]
internal sealed class ConfigurationTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Everything_can_be_said_by_configuration_alone(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        Directory.CreateDirectory(_folder["volume"]);
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Providers:0:Type"] = "SharedVolume",
            ["ModelManagement:Providers:0:Path"] = _folder["volume"],
            ["ModelManagement:Providers:0:Verification"] = "None",
            ["ModelManagement:Models:0:Reference"] = "add",
            ["ModelManagement:Models:0:File"] = _folder["add.onnx"],
            ["ModelManagement:Models:0:Critical"] = "true",
            ["ModelManagement:Models:0:Warmup:Iterations"] = "3",
            ["ModelManagement:Models:0:Warmup:Dimensions:batch"] = "1",
            ["ModelManagement:Models:0:Warmup:Inputs:x:Shape:0"] = "1",
            ["ModelManagement:Models:0:Warmup:Inputs:x:Shape:1"] = "1024",
            ["ModelManagement:Models:0:Warmup:Inputs:x:Values:0"] = "0.5",
            ["ModelManagement:WaitFor"] = "Critical",
        });
        var options = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.Providers.Single().Verification, Is.EqualTo(VerificationMode.None));
            Assert.That(options.Models.Single().Warmup.Iterations, Is.EqualTo(3));
            Assert.That(options.Models.Single().Warmup.Inputs["x"].Shape, Is.EqualTo(new long[] { 1, 1024 }));
            Assert.That(options.Models.Single().Warmup.Inputs["x"].Values, Is.EqualTo(new[] { 0.5 }));
        }

        await host.StartAsync(token);
        Assert.That(host.Models.TryGet("add", out var lease), Is.True);
        lease!.Dispose();
    }

    [TestCase("ModelManagement:CachePath", "relative/path")]
    [TestCase("ModelManagement:RecordKey", "c2hvcnQ=")]
    [TestCase("ModelManagement:MaxParallelLoads", "0")]
    [TestCase("ModelManagement:MaxDownloadStreams", "65")]
    [TestCase("ModelManagement:MaxStoreBytes", "0")]
    [TestCase("ModelManagement:StallTimeout", "00:00:00")]
    [TestCase("ModelManagement:VolumeTimeout", "-00:00:01")]
    [TestCase("ModelManagement:StartupTimeout", "100.00:00:00")]
    [TestCase("ModelManagement:Providers:0:Type", "Floppy")]
    [TestCase("ModelManagement:MemoryBudgetBytes", "0")]
    [TestCase("ModelManagement:MemoryBudgetShare", "0")]
    [TestCase("ModelManagement:MemoryBudgetShare", "1.01")]
    [TestCase("ModelManagement:MemoryTimeout", "-00:00:01")]
    [TestCase("ModelManagement:IdleTimeout", "00:00:00")]
    [TestCase("ModelManagement:Models:0:Reference", "Not A Name")]
    [TestCase("ModelManagement:Models:0:Validation:Mode", "7")]
    [TestCase("ModelManagement:Models:0:Validation:AbsoluteTolerance", "-1")]
    [TestCase("ModelManagement:Models:0:Validation:RelativeTolerance", "NaN")]
    [TestCase("ModelManagement:Models:0:Validation:LatencyBudget", "00:00:00")]
    [TestCase("ModelManagement:Models:0:Rollback:MaxErrorRate", "1")]
    [TestCase("ModelManagement:Models:0:Rollback:MaxErrorRate", "NaN")]
    [TestCase("ModelManagement:Models:0:Rollback:MaxP95", "00:00:00")]
    [TestCase("ModelManagement:Models:0:Rollback:MinRequests", "0")]
    [TestCase("ModelManagement:Models:0:Rollback:Window", "-00:00:01")]
    public async Task A_wrong_setting_stops_the_start_and_is_named_by_its_key(string key, string value)
    {
        await using var host = new TestHost(
            _folder["cache"],
            options: o => o.CachePath = key.EndsWith("CachePath", StringComparison.Ordinal) ? value : o.CachePath,
            configuration: new Dictionary<string, string?> { ["ModelManagement:Models:0:Reference"] = "add", [key] = value });
        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains(key));
    }

    [Test]
    public async Task What_is_said_about_a_models_validation_in_code_is_what_counts()
    {
        await using var host = new TestHost(_folder["cache"], models => models
            .AddModel("one", m => m.Validation(ValidationMode.Warn, absoluteTolerance: 0.01, latencyBudget: TimeSpan.FromMilliseconds(20)))
            .AddModel("two", m => m.Validation(relativeTolerance: 0.1).AllowSignatureChange()));
        var all = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value.Models.Select(static model => model.Validation).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((all[0].Mode, all[0].AbsoluteTolerance, all[0].RelativeTolerance), Is.EqualTo((ValidationMode.Warn, (double?)0.01, (double?)null)));
            Assert.That((all[0].LatencyBudget, all[0].AllowSignatureChange), Is.EqualTo(((TimeSpan?)TimeSpan.FromMilliseconds(20), false)));
            Assert.That((all[1].Mode, all[1].RelativeTolerance, all[1].AllowSignatureChange), Is.EqualTo((ValidationMode.Enforce, (double?)0.1, true)));
        }
    }

    [Test]
    public async Task What_is_said_about_a_models_rollback_in_code_is_what_counts()
    {
        await using var host = new TestHost(_folder["cache"], models => models
            .AddModel("watched", m => m.Rollback(maxErrorRate: 0.01, maxP95: TimeSpan.FromMilliseconds(20)).Rollback(minRequests: 200, window: TimeSpan.FromHours(1)))
            .AddModel("unwatched", m => m.WithoutRollback()));
        var all = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value.Models.Select(static model => model.Rollback).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((all[0].Enabled, all[0].MaxErrorRate, all[0].MaxP95), Is.EqualTo((true, 0.01, (TimeSpan?)TimeSpan.FromMilliseconds(20))));
            Assert.That((all[0].MinRequests, all[0].Window), Is.EqualTo((200, TimeSpan.FromHours(1))));
            Assert.That(all[1].Enabled, Is.False);
        }
    }

    [Test]
    public async Task A_file_has_one_version_so_its_reference_is_a_bare_name()
    {
        await using var host = new TestHost(_folder["cache"], m => m.AddModelFile("add:1.0.0", _folder["one.onnx"]).AddModelFile("add:2.0.0", _folder["two.onnx"]));
        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("ModelManagement:Models:0:Reference"));
    }

    [TestCase("Load", "OnDemand", "Critical", "true")]
    [TestCase("IdleTimeout", "00:05:00", "Critical", "true")]
    [TestCase("IdleTimeout", "00:05:00", "Pinned", "true")]
    [TestCase("IdleTimeout", "00:00:00", "Load", "OnDemand")]
    [TestCase("Load", "7", "Pinned", "true")]
    public async Task A_model_is_not_told_two_things_about_its_memory(string key, string value, string otherKey, string other)
    {
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Models:0:Reference"] = "add",
            [$"ModelManagement:Models:0:{key}"] = value,
            [$"ModelManagement:Models:0:{otherKey}"] = other,
        });
        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"ModelManagement:Models:0:{key}"));
    }

    [Test]
    public async Task Memory_can_be_set_by_configuration()
    {
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:MemoryBudgetBytes"] = "2000000000",
            ["ModelManagement:MemoryBudgetShare"] = "0.5",
            ["ModelManagement:MemoryTimeout"] = "00:00:05",
            ["ModelManagement:IdleTimeout"] = "00:10:00",
            ["ModelManagement:Models:0:Reference"] = "add",
            ["ModelManagement:Models:0:Load"] = "OnDemand",
            ["ModelManagement:Models:0:IdleTimeout"] = "00:02:00",
            ["ModelManagement:Models:1:Reference"] = "sub",
            ["ModelManagement:Models:1:Pinned"] = "true",
        });
        var options = host.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((options.MemoryBudgetBytes, options.MemoryBudgetShare), Is.EqualTo((2_000_000_000L, 0.5)));
            Assert.That((options.MemoryTimeout, options.IdleTimeout), Is.EqualTo((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10))));
            Assert.That((options.Models[0].Load, options.Models[0].IdleTimeout), Is.EqualTo((LoadMode.OnDemand, (TimeSpan?)TimeSpan.FromMinutes(2))));
            Assert.That(options.Models[1].Pinned, Is.True);
        }
    }

    [Test]
    public async Task A_provider_of_the_hosts_own_needs_its_name()
    {
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?> { ["ModelManagement:Providers:0:Type"] = "Custom" });
        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("ModelManagement:Providers:0:Name"));
    }

    [Test]
    public async Task A_fault_in_the_hosts_own_session_code_names_the_model_and_where_the_code_is(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        await using var host = new TestHost(
            _folder["cache"], m => m.AddModelFile("add", _folder["add.onnx"], o => o.ConfigureSession("mine", "1", _ => throw new InvalidOperationException("No such device."))));
        Assert.That(
            async () => await host.Models.GetAsync("add", token),
            Throws.TypeOf<ModelPersistence.Models.ModelLoadException>().With.Message.Contains("add").And.Message.Contains("No such device").And.Message.Contains("ConfigureSession"));
    }

    [Test]
    public void Adding_model_management_twice_registers_it_once()
    {
        var services = new ServiceCollection();
        services.AddModelManagement();
        services.AddModelManagement();
        Assert.That(services.Count(service => service.ServiceType == typeof(ModelPersistence.Serving.IModelProvider)), Is.EqualTo(1));
    }

    [Test]
    public async Task It_works_in_a_container_without_a_host(CancellationToken token)
    {
        TestModels.Add().Save(_folder["add.onnx"]);
        var services = new ServiceCollection();
        services.AddModelManagement(o => o.CachePath = _folder["cache"]).AddModelFile("add", _folder["add.onnx"]);
        await using var container = services.BuildServiceProvider();
        using var lease = await container.GetRequiredService<ModelPersistence.Serving.IModelProvider>().GetAsync("add", token);
        Assert.That(lease.Name, Is.EqualTo("add"));
    }
}
