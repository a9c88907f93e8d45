using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Startup;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>Version N of the model adds N.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class VersionTests
{
    private const string Body = """{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[0,0,0,0]}]}""";

    private readonly InMemoryStorageProvider _remote = new("remote");

    public VersionTests()
    {
        foreach (var version in new[] { 1, 2, 3 })
        {
            _remote.Publish("add", $"{version}.0.0", TestModels.Add(version, 4).ToArray());
        }

        _remote.SetAlias("add", "stable", "2.0.0");
        _remote.Publish("other", "9.0.0", TestModels.Add(9, 4).ToArray());
    }

    [TestCase("", "2.0.0")]
    [TestCase("/versions/stable", "2.0.0")]
    [TestCase("/versions/2.0.0", "2.0.0")]
    [TestCase("/versions/latest", null)]
    [TestCase("/versions/3.0.0", null)]
    [TestCase("/versions/1.*", null)]
    public async Task By_default_clients_reach_what_the_host_names_and_the_version_that_serves_it(string path, string? expected) =>
        await RequireAsync(InferenceExposure.NamedReferences, $"v2/models/add{path}/infer", expected, "add:stable");

    [TestCase("", "2.0.0")]
    [TestCase("/versions/latest", "3.0.0")]
    [TestCase("/versions/1.0.0", "1.0.0")]
    [TestCase("/versions/1.*", "1.0.0")]
    [TestCase("/versions/4.0.0", null)]
    [TestCase("/versions/NO!", null)]
    public async Task With_named_models_clients_reach_all_their_versions(string path, string? expected) =>
        await RequireAsync(InferenceExposure.NamedModels, $"v2/models/add{path}/infer", expected, "add:stable");

    [Test]
    public async Task With_named_models_clients_reach_no_other_model() =>
        await RequireAsync(InferenceExposure.NamedModels, "v2/models/other/infer", null, "add:stable");

    [TestCase("other", "9.0.0")]
    [TestCase("add", "2.0.0")]
    [TestCase("add/versions/latest", "3.0.0")]
    [TestCase("unknown", null)]
    public async Task With_all_models_clients_reach_whatever_a_provider_knows(string path, string? expected) =>
        await RequireAsync(InferenceExposure.AllModels, $"v2/models/{path}/infer", expected, "add:stable");

    [Test]
    public async Task Where_the_host_names_several_versions_the_path_must_say_which()
    {
        await RequireAsync(InferenceExposure.NamedReferences, "v2/models/add/infer", null, "add:1.0.0", "add:stable");
        await RequireAsync(InferenceExposure.NamedReferences, "v2/models/add/versions/1.0.0/infer", "1.0.0", "add:1.0.0", "add:stable");
        await RequireAsync(InferenceExposure.NamedReferences, "v2/models/add/infer", "3.0.0", "add:1.0.0", "add:latest");
    }

    [Test]
    public async Task The_version_of_a_path_is_gone_after_a_swap()
    {
        await using var server = await StartAsync(InferenceExposure.NamedReferences, "add:stable");
        Assert.That((await server.PostAsync("v2/models/add/versions/2.0.0/infer", Body)).Data(), Is.EqualTo("[2,2,2,2]"));

        _remote.SetAlias("add", "stable", "3.0.0");
        await server.Services.GetRequiredService<IModelManager>().RefreshAsync("add");
        _remote.SetAlias("add", "stable", "2.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await server.PostAsync("v2/models/add/versions/2.0.0/infer", Body)).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That((await server.PostAsync("v2/models/add/infer", Body)).Data(), Is.EqualTo("[3,3,3,3]"));
        }
    }

    [Test]
    public async Task A_swap_between_the_look_and_the_lease_gives_no_other_version()
    {
        FrozenStatus before = new(new ModelStatusEntry
        {
            Reference = "add:stable",
            Critical = false,
            State = ModelState.Ready,
            Versions = [new ServedVersion { Version = ModelVersion.Parse("1.0.0"), Weight = 1, State = ModelState.Ready, Statistics = new(0, 0, 0, null, null, null, null) }],
        });
        await using var server = await InferenceServer.StartAsync(
            (models, _) => models.AddProvider("remote", _ => _remote).AddModel("add:stable"), services: services => services.AddSingleton<IModelStatus>(before));
        Assert.That((await server.PostAsync("v2/models/add/infer", Body)).Data(), Is.EqualTo("[2,2,2,2]"));
        var answer = await server.PostAsync("v2/models/add/versions/1.0.0/infer", Body);
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Error, Does.Contain("not served any more"));
    }

    [Test]
    public async Task A_version_in_the_path_is_found_without_a_look_at_all_models()
    {
        await using var server = await StartAsync(InferenceExposure.NamedReferences, [.. Enumerable.Range(0, 200).Select(static i => $"absent-{i}"), "add:stable"]);
        var status = server.Services.GetRequiredService<IModelStatus>();
        ExposedModels exposed = new(server.Services.GetRequiredService<IOptions<ModelManagementOptions>>().Value.Models, InferenceExposure.NamedReferences, status);
        Assert.That(exposed.Resolve("add", "2.0.0"), Is.EqualTo("add:stable"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            exposed.Resolve("add", "2.0.0");
        }

        // The version that is parsed, and nothing for each of the others.
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThan(1000));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.VersionsOf("add:stable").Select(static version => version.ToString()), Is.EqualTo(new[] { "2.0.0" }));
            Assert.That(status.VersionsOf("absent-7"), Is.Empty);
            Assert.That(status.VersionsOf("unknown"), Is.Empty);
            Assert.That(status.VersionsOf("not a reference"), Is.Empty);
        }
    }

    [Test]
    public async Task A_key_keeps_a_client_on_its_side_of_a_split()
    {
        _remote.SetAlias("add", "split", AliasTarget.Split([new(ModelVersion.Parse("1.0.0"), 50), new(ModelVersion.Parse("2.0.0"), 50)]));
        await using var server = await StartAsync(InferenceExposure.NamedReferences, "add:split");
        HashSet<string> seen = [];
        for (var client = 0; client < 20; client++)
        {
            var byHeader = await server.PostAsync("v2/models/add/infer", Body, ("X-Affinity-Key", $"client-{client}"));
            var byParameter = await server.PostAsync(
                "v2/models/add/infer", Body.Replace("{\"inputs\"", $$$"""{"parameters":{"affinity_key":"client-{{{client}}}"},"inputs" """, StringComparison.Ordinal), ("X-Affinity-Key", "another"));
            using var lease = await server.Services.GetRequiredService<IModelProvider>().GetAsync("add:split", $"client-{client}");
            Assert.That(byHeader.Json.GetProperty("model_version").GetString(), Is.EqualTo(lease.Version.ToString()));
            Assert.That(byParameter.Json.GetProperty("model_version").GetString(), Is.EqualTo(lease.Version.ToString()));
            seen.Add(lease.Version.ToString());
        }

        Assert.That(seen, Is.EquivalentTo(new[] { "1.0.0", "2.0.0" }));
        Assert.That((await server.GetAsync("v2/models/add")).Json.GetProperty("versions").GetRawText(), Is.EqualTo("""["2.0.0","1.0.0"]"""));
        Assert.That((await server.PostAsync("v2/models/add/versions/1.0.0/infer", Body)).Data(), Is.EqualTo("[1,1,1,1]"));
    }

    private async Task RequireAsync(InferenceExposure exposure, string path, string? expected, params string[] named)
    {
        await using var server = await StartAsync(exposure, named);
        var answer = await server.PostAsync(path, Body);
        if (expected is null)
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound), answer.Body);
            Assert.That(answer.Error, Does.StartWith("This server has "));
            return;
        }

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        Assert.That(answer.Json.GetProperty("model_version").GetString(), Is.EqualTo(expected));
        Assert.That(answer.Data(), Is.EqualTo($"[{string.Join(',', Enumerable.Repeat(expected[..1], 4))}]"));
    }

    private async Task<InferenceServer> StartAsync(InferenceExposure exposure, params string[] named)
    {
        var server = await InferenceServer.StartAsync(
            (models, _) =>
            {
                models.AddProvider("remote", _ => _remote);
                Array.ForEach(named, reference => models.AddModel(reference));
            },
            protocol => protocol.Exposure = exposure);
        await server.FullyReadyAsync(CancellationToken.None);
        return server;
    }
}
