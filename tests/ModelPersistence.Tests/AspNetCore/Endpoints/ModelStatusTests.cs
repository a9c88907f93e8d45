using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ModelPersistence.AspNetCore.Endpoints;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.AspNetCore.Endpoints;

/// <summary>The status through a real web host, and what it would say of a model that has everything.</summary>
[CancelAfter(60_000)]
internal sealed class ModelStatusTests
{
    [Test]
    public async Task The_status_tells_how_a_model_came_to_serve_and_how_its_runs_went(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(
            static (models, folder) => models.AddSaved(folder, "add", TestModels.Add(width: 2)), middleware: static app => app.MapModelStatus());
        await server.FullyReadyAsync(cancellationToken);
        await server.InferAsync("add", ProtocolModels.Request("FP32", "[1,2]", "[1,2]"));
        var answer = await server.GetAsync("models?minutes=1440");
        var model = answer.Json.GetProperty("models")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.ContentType, Is.EqualTo("application/json"));
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(answer.Json.GetProperty("phase").GetString(), Is.EqualTo("FullyReady"));
            Assert.That(model.GetProperty("state").GetString(), Is.EqualTo("Ready"));
            Assert.That(model.GetProperty("failure").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(model.GetProperty("versions")[0].GetProperty("statistics").GetProperty("count").GetInt64(), Is.EqualTo(1));
            Assert.That(model.GetProperty("versions")[0].GetProperty("execution_provider").GetString(), Is.EqualTo("Cpu"));
            Assert.That(model.GetProperty("timeline").GetProperty("ready_ms").GetDouble(), Is.GreaterThan(0));
            Assert.That(model.GetProperty("timeline").GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("phase").GetString()), Does.Contain("Load").And.Contain("FirstRun"));
            Assert.That(answer.Json.GetProperty("alerts").GetArrayLength(), Is.Zero);
        }
    }

    [Test]
    public async Task A_model_that_has_everything_is_written_as_it_is()
    {
        var answer = await AnswerAsync("");
        var model = answer.GetProperty("models")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.GetProperty("failure").GetString(), Is.EqualTo("wrong \"bytes\""));
            Assert.That(model.GetProperty("versions")[0].GetProperty("statistics").GetRawText(), Is.EqualTo(
                """{"count":5,"errors":1,"rejected":2,"avg_ms":1.234,"p50_ms":1.234,"p95_ms":1.234,"p99_ms":1.234}"""));
            Assert.That(model.GetProperty("timeline").GetRawText(), Is.EqualTo(
                """{"ready_ms":71,"steps":[{"phase":"FirstRun","duration_ms":1.234,"behind_start":false,"detail":"cold"}]}"""));
            Assert.That(answer.GetProperty("alerts")[0].GetProperty("rule").GetString(), Is.EqualTo("error_rate"));
            Assert.That(answer.GetProperty("alerts")[0].GetProperty("bound").ValueKind, Is.EqualTo(JsonValueKind.Null), "JSON has no infinity");
        }
    }

    [TestCase("", 2)]
    [TestCase("?minutes=10", 1)]
    [TestCase("?minutes=1440", 3)]
    public async Task Trends_go_back_as_far_as_was_asked_for(string query, int minutes) =>
        Assert.That((await AnswerAsync(query)).GetProperty("trends")[0].GetProperty("minutes").GetArrayLength(), Is.EqualTo(minutes));

    [Test]
    public async Task No_minutes_mean_no_trends() => Assert.That((await AnswerAsync("?minutes=0")).GetProperty("trends").GetArrayLength(), Is.Zero);

    [TestCase("?minutes=1441")]
    [TestCase("?minutes=-1")]
    [TestCase("?minutes=many")]
    [TestCase("?minutes=1&minutes=2")]
    public async Task Minutes_that_there_are_not_are_refused(string query) =>
        Assert.That((await AnswerAsync(query, StatusCodes.Status400BadRequest)).GetProperty("error").GetString(), Does.Contain("minutes"));

    public static async Task<JsonElement> AnswerAsync(string query, int expected = StatusCodes.Status200OK)
    {
        ManualTimeProvider clock = new();
        DefaultHttpContext context = new();
        using MemoryStream body = new();
        context.Response.Body = body;
        context.Request.QueryString = new QueryString(query);
        await new StatusEndpoint(FullStatus.Status, new FullStatus(clock), clock).AnswerAsync(context);
        Assert.That(context.Response.StatusCode, Is.EqualTo(expected));
        return JsonDocument.Parse(body.ToArray()).RootElement;
    }
}
