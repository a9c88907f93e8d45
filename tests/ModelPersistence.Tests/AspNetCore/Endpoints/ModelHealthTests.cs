using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Diagnostics;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.AspNetCore.Endpoints;

/// <summary>Health through a real web host.</summary>
[CancelAfter(60_000)]
internal sealed class ModelHealthTests
{
    // Signs and quotes as they are: people read it in a terminal.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Test]
    public async Task A_healthy_host_answers_its_report(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(
            static (models, folder) => models.AddSaved(folder, "add", TestModels.Add(width: 2)), middleware: static app => app.MapModelHealth());
        await server.FullyReadyAsync(cancellationToken);
        var answer = await server.GetAsync("health/models");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.ContentType, Is.EqualTo("application/json"));
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(answer.Json.GetProperty("status").GetString(), Is.EqualTo("Healthy"));
            Assert.That(answer.Body, Is.EqualTo(JsonSerializer.Serialize(server.Services.GetRequiredService<IModelHealth>().Check(), Readable)), "what reflection writes");
        }
    }

    [Test]
    public async Task A_host_whose_critical_model_never_served_answers_that_it_is_unavailable(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(
            static (models, folder) => models.AddModelFile("gone", folder["gone.onnx"], static m => m.Critical()), middleware: static app => app.MapModelHealth("/h"));
        await WaitAsync(server, "Unhealthy", cancellationToken);
        var answer = await server.GetAsync("h");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Json.GetProperty("reasons").GetArrayLength(), Is.GreaterThan(0));
    }

    [Test]
    public async Task A_host_that_serves_worse_than_it_should_still_gets_requests(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(
            static (models, folder) => models.AddModelFile("gone", folder["gone.onnx"]), middleware: static app => app.MapModelHealth());
        await WaitAsync(server, "Degraded", cancellationToken);
        Assert.That((await server.GetAsync("health/models")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private static async Task WaitAsync(InferenceServer server, string status, CancellationToken cancellationToken)
    {
        var context = server.Services.GetRequiredService<ModelPersistence.Serving.ServingContext>();
        while (true)
        {
            var change = context.NextChange;
            if (server.Services.GetRequiredService<IModelHealth>().Check().Status.ToString() == status)
            {
                return;
            }

            await change.WaitAsync(cancellationToken);
        }
    }
}
