using System.Net;
using Microsoft.ML.OnnxRuntime.Tensors;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

[TestFixture, CancelAfter(60_000)]
internal sealed class ApiKeyTests
{
    private const string Key = "correct-horse-battery";
    private const string Earlier = "staple-of-yesterday";

    private InferenceServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await InferenceServer.StartAsync(
        static (models, folder) => models.AddSaved(folder, "echo", Echo(TensorElementType.Float)),
        static protocol =>
        {
            protocol.ApiKeys.Add(Key);
            protocol.ApiKeys.Add(Earlier);
        });

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("Authorization", "Bearer " + Key)]
    [TestCase("Authorization", "bearer " + Earlier)]
    [TestCase("X-Api-Key", Key)]
    [TestCase("x-api-key", Earlier)]
    public async Task Whoever_has_a_key_is_served(string header, string value) =>
        Assert.That((await _server.PostAsync("v2/models/echo/infer", Request("FP32", "[1]", "[1]"), (header, value))).Status, Is.EqualTo(HttpStatusCode.OK));

    [TestCase("Accept", "*/*")]
    [TestCase("Authorization", "Bearer")]
    [TestCase("Authorization", "Bearer " + Key + "x")]
    [TestCase("Authorization", "Basic " + Key)]
    [TestCase("X-Api-Key", "correct-horse-batter")]
    [TestCase("X-Api-Key", "CORRECT-HORSE-BATTERY")]
    public async Task Whoever_has_none_is_refused(string header, string value)
    {
        foreach (var path in new[] { "v2", "v2/models/echo", "v2/models/echo/ready", "v2/models/unknown", "v2/anything" })
        {
            var answer = await _server.GetAsync(path, (header, value));
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized), path);
            Assert.That(answer.Error, Does.Contain("X-Api-Key").And.Not.Contain(Key));
            Assert.That(answer.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        }

        Assert.That((await _server.PostAsync("v2/models/echo/infer", Request("FP32", "[1]", "[1]"), (header, value))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Health_needs_no_key()
    {
        Assert.That((await _server.GetAsync("v2/health/live")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _server.GetAsync("v2/health/ready")).Status, Is.Not.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("")]
    [TestCase("  ")]
    public void An_empty_key_is_no_key(string key) => Assert.That(
        async () => await InferenceServer.StartAsync(protocol: o => o.ApiKeys.Add(key)),
        Throws.ArgumentException.With.Message.Contains("ApiKeys"));
}
