using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Startup;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.AspNetCore;

[TestFixture, CancelAfter(60_000)]
internal sealed class ServerEndpointTests
{
    [Test]
    public async Task A_server_whose_models_are_ready_is_live_and_ready(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(prefix: "/ml");
        await server.Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.ModelsReady, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await server.GetAsync("ml/v2/health/live")).Body, Is.EqualTo("""{"live":true}"""));
            Assert.That((await server.GetAsync("ml/v2/health/ready")).Body, Is.EqualTo("""{"ready":true}"""));
        }
    }

    [Test]
    public async Task A_server_without_its_critical_model_is_live_but_not_ready()
    {
        await using var server = await InferenceServer.StartAsync(static (models, folder) => models.AddModelFile("gone", folder["gone.onnx"], static m => m.Critical()));
        var ready = await server.GetAsync("v2/health/ready");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await server.GetAsync("v2/health/live")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(ready.Body, Is.EqualTo("""{"ready":false}"""));
        }
    }

    [Test]
    public async Task The_server_tells_its_name_version_and_extensions()
    {
        await using var server = await InferenceServer.StartAsync(protocol: static o => o.ServerName = "voices");
        var json = (await server.GetAsync("v2")).Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("name").GetString(), Is.EqualTo("voices"));
            Assert.That(json.GetProperty("version").GetString(), Does.Match(@"^\d+\.\d+\.\d+"));
            Assert.That(json.GetProperty("extensions").GetArrayLength(), Is.Zero);
        }
    }

    [TestCase("GET", "v2/models/echo/infer", HttpStatusCode.MethodNotAllowed)]
    [TestCase("DELETE", "v2/models/echo", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "v2/health/live", HttpStatusCode.MethodNotAllowed)]
    [TestCase("GET", "v2/nothing", HttpStatusCode.NotFound)]
    [TestCase("GET", "v2/models", HttpStatusCode.NotFound)]
    [TestCase("GET", "v2/models/echo/versions/1.0.0/x/y", HttpStatusCode.NotFound)]
    public async Task What_the_protocol_does_not_have_is_refused_in_its_shape(string method, string path, HttpStatusCode expected)
    {
        await using var server = await InferenceServer.StartAsync();
        var answer = await server.SendAsync(new HttpMethod(method), path);
        Assert.That(answer.Status, Is.EqualTo(expected));
        Assert.That(answer.Error, Is.Not.Empty);
    }

    [Test]
    public void Without_model_management_the_mapping_says_what_is_missing()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        Assert.That(() => app.MapInferenceProtocol(), Throws.InvalidOperationException.With.Message.Contains("AddModelManagement"));
    }

    [Test]
    public async Task A_model_tells_its_inputs_and_outputs(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(static (models, folder) => models.AddSaved(folder, "add", TestModels.Add(width: 8)));
        await server.FullyReadyAsync(cancellationToken);
        Assert.That((await server.GetAsync("v2/models/add")).Body, Is.EqualTo(
            """
            {"name":"add","versions":["0.0.0"],"platform":"onnxruntime_onnxv1","inputs":[{"name":"x","datatype":"FP32","shape":[-1,8]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,8]}]}
            """));
        Assert.That((await server.GetAsync("v2/models/add/ready")).Body, Is.EqualTo("""{"name":"add","ready":true}"""));
    }

    [Test]
    public async Task A_model_that_is_loaded_on_demand_is_not_ready_before()
    {
        await using var server = await InferenceServer.StartAsync(static (models, folder) =>
        {
            ProtocolModels.Echo(TensorElementType.Float).Save(folder["echo.onnx"]);
            models.AddModelFile("echo", folder["echo.onnx"], static m => m.OnDemand());
        });
        Assert.That((await server.GetAsync("v2/models/echo/ready")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await server.InferAsync("echo", ProtocolModels.Request("FP32", "[1]", "[1]"))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.GetAsync("v2/models/echo/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
